import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeAudio } from '../../../../gpu-container/src/decode/decode-audio.ts';
import { type PcmReader, pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import { probeMedia } from '../../../../gpu-container/src/decode/probe.ts';
import type { Diarization, Diarizer } from '../../../../gpu-container/src/diarize/diarizer.ts';
import { diarizationSpeech } from '../../../../gpu-container/src/diarize/speech.ts';
import { XVECTOR_TUNING } from '../../../../gpu-container/src/diarize/tunings.ts';
import { openWindowDiarizer } from '../../../../gpu-container/src/diarize/window-diarizer.ts';
import { openXvector } from '../../../../gpu-container/src/diarize/xvector/open-xvector.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { speechProbabilities } from '../../../../gpu-container/src/vad/detect-speech.ts';
import {
  openSpeechDetector,
  type SpeechDetector,
} from '../../../../gpu-container/src/vad/silero.ts';
import { dotProduct } from '../../../../gpu-container/src/vector/similarity.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { itWithShared, sharedPath } from '../../../environment/shared.ts';
import { readWav } from '../../../parity/wav.ts';
import { madeEmbedder, speechOf, unheard } from './made-conversation.ts';

const SAMPLE_RATE = 16_000;
const FREE = { minSpeakers: 1, maxSpeakers: 20 };

describe('the default backend on speech', () => {
  let detector: SpeechDetector;
  let diarizer: Diarizer;
  let scratch: string;
  beforeAll(async () => {
    const models = modelStoreFromEnvironment();
    detector = await openSpeechDetector((await models.pull('silero-vad')).file('silero_vad.onnx'));
    const path = (await models.pull('pyannote-embedding')).file('model.ort');
    diarizer = openWindowDiarizer({
      embedder: await openXvector({ path, modelId: 'pyannote-embedding', threads: 2 }),
      tuning: XVECTOR_TUNING,
    });
    scratch = await mkdtemp(join(tmpdir(), 'reelscribe-diarize-'));
  });
  afterAll(async () => {
    await diarizer.dispose();
    await detector.dispose();
    await rm(scratch, { recursive: true });
  });

  async function diarize(pcm: PcmReader): Promise<Diarization> {
    const speech = diarizationSpeech(
      await speechProbabilities(pcm, detector),
      pcm.sampleCount / SAMPLE_RATE,
    );
    return diarizer.diarize(pcm, speech, FREE);
  }

  it('tells two people apart, when each speaks, and knows them again', async () => {
    const files = await modelStoreFromEnvironment().pull('demo-speech');
    const [president, reader, readerAgain] = await Promise.all(
      ['jfk.wav', 'sense-and-sensibility-0870.wav', 'sense-and-sensibility-0890.wav'].map((name) =>
        readWav(files.file(name)),
      ),
    );
    const samples = new Float32Array(president!.length + reader!.length);
    samples.set(president!);
    samples.set(reader!, president!.length);
    const { turns, speakers } = await diarize(pcmFromSamples(samples));

    expect(speakers).toHaveLength(2);
    const [first, last] = [turns[0]!, turns.at(-1)!];
    const change = president!.length / SAMPLE_RATE;
    for (const { start, end, speaker } of turns) {
      expect(speaker).toBe((start + end) / 2 < change ? first.speaker : last.speaker);
    }
    expect(first.speaker).not.toBe(last.speaker);
    const lastOfFirst = turns.findLast(({ speaker }) => speaker === first.speaker)!;
    expect(Math.abs(lastOfFirst.end - change)).toBeLessThan(0.75);

    const { embed, sameVoiceSimilarity } = diarizer.voices!;
    const clip = (await embed(readerAgain!))!;
    const similarityTo = (speaker: number) => dotProduct(clip, speakers[speaker]!.embedding!);
    expect(similarityTo(last.speaker)).toBeGreaterThanOrEqual(sameVoiceSimilarity);
    expect(similarityTo(first.speaker)).toBeLessThan(sameVoiceSimilarity);
  });

  itWithShared.each([
    ['conversation_3spk.flac', 3],
    ['video_opus.mkv', 2],
    ['jfk.flac', 1],
  ])('finds in %s the %d people there are', async (name, people) => {
    const tools = await findMediaTools();
    const path = sharedPath('audio', name);
    const limits = { maxSeconds: 600, signal: new AbortController().signal };
    const facts = await probeMedia(path, { ffprobe: tools.ffprobe, ...limits });
    const decoding = { ffmpeg: tools.ffmpeg, scratchDir: scratch, ...limits };
    await using pcm = (await decodeAudio(path, facts, decoding)).pcm;
    const { turns, speakers } = await diarize(pcm);

    expect(speakers).toHaveLength(people);
    expect(new Set(turns.map(({ speaker }) => speaker)).size).toBe(people);
  });
});

describe('the default backend', () => {
  const made = [
    { voice: 0, start: 1, end: 7 },
    { voice: 1, start: 7, end: 14 },
  ];
  const open = () => {
    const embedder = madeEmbedder(made);
    const dispose = jest.fn(embedder.dispose);
    const diarizer = openWindowDiarizer({
      embedder: { ...embedder, dispose },
      tuning: XVECTOR_TUNING,
    });
    return { diarizer, dispose };
  };

  it('passes on the numbers of speakers, and names its model', async () => {
    const { diarizer } = open();
    expect(diarizer.modelIds).toEqual(['made']);
    const listen = (options: typeof FREE) => diarizer.diarize(unheard(15), speechOf(made), options);
    expect((await listen(FREE)).speakers).toHaveLength(2);
    expect((await listen({ ...FREE, maxSpeakers: 1 })).speakers).toHaveLength(1);
  });

  it('disposes of its model when it is disposed of, and not before', async () => {
    const { diarizer, dispose } = open();
    await diarizer.diarize(unheard(15), speechOf(made), FREE);
    expect(dispose).not.toHaveBeenCalled();
    await diarizer.dispose();
    expect(dispose).toHaveBeenCalledTimes(1);
  });

  it('hears nobody where nobody speaks', async () => {
    expect(await open().diarizer.diarize(unheard(15), [], FREE)).toEqual({
      turns: [],
      speakers: [],
    });
  });
});
