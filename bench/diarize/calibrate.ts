import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pcmFromSamples } from '../../gpu-container/src/decode/pcm.ts';
import { embedVoice } from '../../gpu-container/src/diarize/embed-speech.ts';
import type { StretchEmbedder } from '../../gpu-container/src/diarize/stretch-embedder.ts';
import { tellApart } from '../../gpu-container/src/diarize/tell-apart.ts';
import type { WindowTuning } from '../../gpu-container/src/diarize/tuning.ts';
import { XVECTOR_TUNING } from '../../gpu-container/src/diarize/tunings.ts';
import { openXvector } from '../../gpu-container/src/diarize/xvector/open-xvector.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { runBench, say, UsageError } from '../command/run-bench.ts';
import { dataFolder, positiveInteger } from '../transcribe/arguments.ts';
import { openDecoder } from '../transcribe/product.ts';
import { centroidThreshold } from './calibration/centroid-linkage.ts';
import {
  type EmbeddedConversation,
  embeddedConversations,
} from './calibration/embedded-conversations.ts';
import { compareVoices, realName, voiceThreshold, withoutClip } from './calibration/known-voice.ts';
import { type Outcome, outcomeOf, searchTuning } from './calibration/search.ts';
import { readSpeakerFacts } from './data/speaker-facts.ts';
import { voicesOf } from './data/voices.ts';
import type { Voice } from './mixture/conversation.ts';
import { openOurs } from './ours.ts';

const USAGE = `Usage: npm run calibrate:diarize -- --data DIR [--seed N]

Finds the tuning of the default diarization backend on conversations made of
single speakers, and prints it with what it makes of other conversations.

  --data DIR   folder with a manifest.json and recordings of single speakers, as
               bench/diarize/calibration/collect-voices.ts leaves it
  --seed N     which conversations are made (default: 1)`;

const MODEL_ID = 'pyannote-embedding';
const THREADS = 2;

type Side = Awaited<ReturnType<typeof openSide>>;

async function openSide() {
  const ours = await openOurs('auto', THREADS);
  const model = await modelStoreFromEnvironment().pull(MODEL_ID);
  const embedder = await openXvector({
    path: model.file('model.ort'),
    modelId: MODEL_ID,
    threads: THREADS,
  });
  return { ...ours, embedder, tuning: XVECTOR_TUNING };
}

async function readVoices(folder: string, side: Side, scratchDir: string): Promise<Voice[]> {
  const decode = await openDecoder(scratchDir);
  const pcmPath = join(scratchDir, 'voice.f32');
  const clips = [];
  for (const [file, facts] of await readSpeakerFacts(folder)) {
    if (facts.kind === 'lone') {
      await decode(join(folder, file), pcmPath);
      const samples = new Float32Array(new Uint8Array(await readFile(pcmPath)).buffer);
      const speech = await side.findPhrases(pcmFromSamples(samples));
      clips.push({ voice: facts.voice, samples, speech });
    }
  }
  return voicesOf(clips);
}

async function conversationsOf(
  voices: readonly Voice[],
  seed: number,
  side: Side,
): Promise<EmbeddedConversation[]> {
  const conversations: EmbeddedConversation[] = [];
  for await (const conversation of embeddedConversations(voices, seed, side)) {
    conversations.push(conversation);
  }
  const seconds = conversations.reduce((sum, { speech }) => sum + speech.durationSeconds, 0);
  say(`${conversations.length} conversations, ${Math.round(seconds / 60)} minutes`);
  return conversations;
}

async function knownVoiceThreshold(
  clips: ReadonlyMap<string, Float32Array>,
  conversations: readonly EmbeddedConversation[],
  tuning: WindowTuning,
) {
  const speakers = conversations.flatMap(({ speech, turns, speakers: count }) => {
    const limits = { minSpeakers: count, maxSpeakers: count };
    const found = tellApart(speech, limits, tuning);
    return found.speakers.flatMap(({ embedding }, speaker) => {
      const own = found.turns
        .filter((turn) => turn.speaker === speaker)
        .map((turn) => ({ ...turn, speaker: String(turn.speaker) }));
      const name = realName(own, turns, speech.durationSeconds);
      return embedding === undefined || name === undefined ? [] : [{ name, embedding }];
    });
  });
  return voiceThreshold(compareVoices(clips, speakers));
}

async function embedClips(
  clips: readonly { id: string; samples: Float32Array }[],
  embedder: StretchEmbedder,
): Promise<Map<string, Float32Array>> {
  const embeddings = new Map<string, Float32Array>();
  for (const { id, samples } of clips) {
    const embedding = await embedVoice(samples, embedder);
    if (embedding !== undefined) {
      embeddings.set(id, embedding);
    }
  }
  return embeddings;
}

function describe(title: string, { der, confusion, countAccuracy, countError }: Outcome): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return `${title}: DER ${percent(der)} (confusion ${percent(confusion)}), count right ${percent(countAccuracy)}, off by ${countError.toFixed(2)}`;
}

function parseCalibrateArguments(args: readonly string[]): { data: string; seed: number } {
  const options = { data: { type: 'string' }, seed: { type: 'string', default: '1' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.data === undefined) {
    throw new UsageError('name a folder of voices with --data');
  }
  return {
    data: dataFolder(values.data, process.env),
    seed: positiveInteger('--seed', values.seed),
  };
}

async function calibrate(folder: string, seed: number, scratchDir: string) {
  const side = await openSide();
  const parts = (await readVoices(folder, side, scratchDir)).map(withoutClip);
  const voices = parts.map(({ voice }) => voice);
  say(`Voices: ${voices.map(({ id }) => id).join(', ')}`);
  const conversations = await conversationsOf(voices, seed, side);
  say(describe('As it is', outcomeOf(side.tuning, conversations)));
  const found = searchTuning(side.tuning, conversations, say);
  say(describe('As found', outcomeOf(found, conversations)));

  const others = await conversationsOf(voices, seed + 1, side);
  const outcome = outcomeOf(found, others);
  say(describe('On other conversations', outcome));
  const clips = parts.map(({ voice, clip }) => ({ id: voice.id, samples: clip }));
  const { threshold, missed } = await knownVoiceThreshold(
    await embedClips(clips, side.embedder),
    others,
    found,
  );
  say(
    `Known voices: ${threshold} lets one in 200 others pass and misses ${(100 * missed).toFixed(1)} %`,
  );
  const centroids = centroidThreshold(conversations);
  say(
    `Centroid linkage: ${centroids.threshold}, speakers off by ${centroids.countError.toFixed(2)}`,
  );
  const tuning = { ...found, sameVoiceSimilarity: threshold };
  return {
    ...{ bench: 'calibrate-diarize', voices: voices.length, seed, ...outcome },
    ...{ tuning, centroidThreshold: centroids.threshold },
  };
}

await runBench(USAGE, async (args, scratchDir) => {
  const { data, seed } = parseCalibrateArguments(args);
  return JSON.stringify(await calibrate(data, seed, scratchDir));
});
