import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PcmReader, pcmFromSamples, SAMPLE_RATE } from '../../gpu-container/src/decode/pcm.ts';
import { openPcmFile } from '../../gpu-container/src/decode/pcm-file.ts';
import { readDataSet } from '../transcribe/data-set.ts';
import { decodeRecordings } from '../transcribe/inputs.ts';
import type { DecodeToFile } from '../transcribe/product.ts';
import type { DiarizeArguments } from './arguments.ts';
import { readSpeakerFacts, type SpeakerFacts } from './data/speaker-facts.ts';
import { type VoiceClip, voicesOf } from './data/voices.ts';
import { writeLongInput } from './long-input.ts';
import { type DiarizationSide, measure, type Trial, type TrialResult } from './measure.ts';
import type { Voice } from './mixture/conversation.ts';
import { makeMixtures } from './mixture/mixtures.ts';
import { formatRttm } from './rttm.ts';
import { speakersOf, type Turn } from './score/turn.ts';

export type BenchDependencies = {
  side: DiarizationSide;
  decode: DecodeToFile;
  scratchDir: string;
  /** Tells how the bench gets on. */
  say: (line: string) => void;
};

const WARM_UP_SECONDS = 10;
/** Enough of one person for many turns; a longer recording would only take memory. */
const MAX_CLIP_SECONDS = 300;

/**
 * Measures the recordings of the folder, then conversations made of its single
 * speakers, then a long one, each as asked for. Nothing runs at the same time.
 *
 * @throws what reading the folder throws; a recording that fails is a result
 */
export async function runDiarizeBench(
  options: DiarizeArguments,
  dependencies: BenchDependencies,
): Promise<TrialResult[]> {
  const { side, scratchDir, say } = dependencies;
  const results: TrialResult[] = [];
  const run = async (trial: Trial) => {
    const result = await measure(trial, side);
    say(`${result.name}: ${result.found} of ${result.speakers} speakers`);
    await keepRttm(options.rttm, trial, result.turns);
    results.push(result);
  };

  const clips: VoiceClip[] = [];
  const wantsVoices = options.mixtures > 0 || options.longHours > 0;
  for (const { file, pcmPath, facts } of await decodeFolder(options, dependencies)) {
    await using pcm = await openPcmFile(pcmPath);
    if (results.length === 0) {
      await measure({ ...trialOf(file, facts, await firstSeconds(pcm)), references: [] }, side);
    }
    await run(trialOf(file, facts, pcm));
    if (facts.kind === 'lone' && wantsVoices) {
      const samples = await pcm.read(0, MAX_CLIP_SECONDS * SAMPLE_RATE);
      const speech = await side.findPhrases(pcmFromSamples(samples));
      clips.push({ voice: facts.voice, samples, speech });
    }
  }

  const voices = voicesOf(clips);
  if (wantsVoices) {
    say(`Voices to make conversations of: ${voices.map(({ id }) => id).join(', ') || 'none'}`);
  }
  const mixtures = { perCount: options.mixtures, seed: options.seed };
  for (const { name, samples, turns } of makeMixtures(voices, mixtures)) {
    await run({
      ...{ name, kind: 'mixture', pcm: pcmFromSamples(samples) },
      ...{ speakers: speakersOf(turns).length, references: [{ name: 'as made', turns }] },
    });
  }
  await runLong(voices, options, scratchDir, run);
  return results;
}

type DecodedFile = { file: string; pcmPath: string; facts: SpeakerFacts };

async function decodeFolder(
  { data, files }: DiarizeArguments,
  { decode, scratchDir, say }: BenchDependencies,
): Promise<DecodedFile[]> {
  const facts = await readSpeakerFacts(data);
  const known = (await readDataSet(data, files)).filter(({ file }) => facts.has(file));
  say(`Decoding ${known.length} recordings`);
  const decoded = await decodeRecordings(known, decode, scratchDir, say);
  return decoded.map(({ file, input }) => ({
    ...{ file, pcmPath: input.pcmPath, facts: facts.get(file)! },
  }));
}

async function firstSeconds(pcm: PcmReader): Promise<PcmReader> {
  return pcmFromSamples(await pcm.read(0, WARM_UP_SECONDS * SAMPLE_RATE));
}

function trialOf(name: string, facts: SpeakerFacts, pcm: PcmReader): Trial {
  const { kind } = facts;
  if (kind === 'lone' || kind === 'speechless') {
    return { name, kind, pcm, speakers: kind === 'lone' ? 1 : 0, references: [] };
  }
  return { name, kind, pcm, speakers: facts.speakers, references: facts.references };
}

async function runLong(
  voices: readonly Voice[],
  { longHours, seed }: DiarizeArguments,
  scratchDir: string,
  run: (trial: Trial) => Promise<void>,
): Promise<void> {
  const long =
    longHours > 0
      ? await writeLongInput(voices, { seconds: longHours * 3600, seed, scratchDir })
      : undefined;
  if (long !== undefined) {
    await using pcm = await openPcmFile(long.pcmPath);
    await run({
      ...{ name: `long_${longHours}h`, kind: 'long', pcm, speakers: long.speakers },
      references: [{ name: 'as made', turns: long.turns }],
    });
  }
}

/** Leaves what was found, and what was made, for other scorers. */
async function keepRttm(
  folder: string | undefined,
  { name, kind, references }: Trial,
  turns: readonly Turn[],
): Promise<void> {
  if (folder === undefined) {
    return;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.rttm`), formatRttm(name, turns));
  if (kind === 'mixture' || kind === 'long') {
    const made = formatRttm(name, references[0]!.turns);
    await writeFile(join(folder, `${name}.reference.rttm`), made);
  }
}
