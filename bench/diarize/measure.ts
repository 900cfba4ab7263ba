import type { PcmReader } from '../../gpu-container/src/decode/pcm.ts';
import type { DiarizationOptions, Diarizer } from '../../gpu-container/src/diarize/diarizer.ts';
import type { SpeechRegion } from '../../gpu-container/src/vad/speech-regions.ts';
import type { Reference, SpeakerFacts } from './data/speaker-facts.ts';
import { secondsOf } from './data/voices.ts';
import { type DiarizationErrors, scoreDiarization } from './score/diarization-error.ts';
import { speakersOf, type Turn } from './score/turn.ts';

/** What is measured: finding speech and telling who speaks, with all models loaded. */
export type DiarizationSide = {
  /** Where anybody speaks, as a job finds it. */
  findSpeech(pcm: PcmReader): Promise<SpeechRegion[]>;
  /** The same cut finely, so that a recording can be taken apart between words. Not measured. */
  findPhrases(pcm: PcmReader): Promise<SpeechRegion[]>;
  diarizer: Diarizer;
  options: DiarizationOptions;
};

export type Trial = {
  name: string;
  kind: SpeakerFacts['kind'] | 'mixture' | 'long';
  pcm: PcmReader;
  /** How many speak. */
  speakers: number;
  /** The first is what figures are of; none, where only the number of speakers is known. */
  references: readonly Reference[];
};

/** Errors against one reference, by the collar around its boundaries. */
export type TrialScore = {
  reference: string;
  collar025: DiarizationErrors;
  collar0: DiarizationErrors;
};

export type TrialResult = Pick<Trial, 'name' | 'kind' | 'speakers'> & {
  seconds: number;
  workSeconds: number;
  /** As found, not as in a reference. */
  speechSeconds: number;
  found: number;
  turns: readonly Turn[];
  scores: readonly TrialScore[];
  failure?: string;
};

/** Runs one recording. Where that fails, nobody was found in it. */
export async function measure(trial: Trial, side: DiarizationSide): Promise<TrialResult> {
  const { name, kind, pcm, speakers, references } = trial;
  const recordingSeconds = pcm.sampleCount / pcm.sampleRate;
  const start = performance.now();
  const outcome = await diarize(pcm, side);
  const workSeconds = (performance.now() - start) / 1000;
  const { turns } = outcome;
  const scores = references.map((reference) => ({
    reference: reference.name,
    collar025: scoreDiarization(reference.turns, turns, { recordingSeconds, collarSeconds: 0.25 }),
    collar0: scoreDiarization(reference.turns, turns, { recordingSeconds }),
  }));
  return {
    ...{ name, kind, speakers, seconds: recordingSeconds, workSeconds },
    ...{ found: speakersOf(turns).length, scores },
    ...outcome,
  };
}

async function diarize(
  pcm: PcmReader,
  { findSpeech, diarizer, options }: DiarizationSide,
): Promise<Pick<TrialResult, 'turns' | 'speechSeconds' | 'failure'>> {
  try {
    const speech = await findSpeech(pcm);
    const { turns } = await diarizer.diarize(pcm, speech, options);
    return {
      turns: turns.map(({ start, end, speaker }) => ({ start, end, speaker: `speaker${speaker}` })),
      speechSeconds: secondsOf(speech),
    };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { turns: [], speechSeconds: 0, failure };
  }
}
