import { DEFAULT_VAD_OPTIONS, type TranscriptionTask } from '#contracts/tasks/transcription.ts';
import type { PcmReader } from '../decode/pcm.ts';
import { speechProbabilities } from '../vad/detect-speech.ts';
import { packSpeech, type Span } from '../vad/pack-speech.ts';
import { quietStretches } from '../vad/quiet-stretches.ts';
import type { SpeechDetector } from '../vad/silero.ts';
import {
  type SpeechRegion,
  type SpeechRegionOptions,
  speechRegions,
} from '../vad/speech-regions.ts';
import { speechSeconds } from '../vad/speech-seconds.ts';
import type { ReportProgress } from './progress.ts';

const MIN_STRETCH_SECONDS = 30;
const MAX_STRETCH_SECONDS = 120;
const STRETCHES = 8;

/**
 * Who turns detection off wants to hear what it would miss; only where nothing
 * at all sounds like speech is text taken for made up, and a stretch not read.
 */
const FAINT_SPEECH: SpeechRegionOptions = { threshold: 0.2, minSpeechSeconds: 0.1 };

/** What is to be transcribed, and where speech is. */
export type SpeechPlan = {
  /** In order; each is read on its own. */
  readonly spans: Span[];
  /** Speech that segments may be tightened to; undefined where the job asks for no detection. */
  readonly detected: SpeechRegion[] | undefined;
  /** Where text may come from at all; undefined where made-up text is to be kept. */
  readonly possible: SpeechRegion[] | undefined;
  /** How probable speech is, frame by frame; undefined where nobody had to know. */
  readonly probabilities: Float32Array | undefined;
};

/**
 * Finds the speech of a recording and packs it into windows, or, without
 * detection, cuts the recording into stretches that are read whole.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function planSpeech(
  pcm: PcmReader,
  { vad, suppressHallucinations }: Pick<TranscriptionTask, 'vad' | 'suppressHallucinations'>,
  detector: SpeechDetector,
  { report, signal }: { report: ReportProgress; signal: AbortSignal },
): Promise<SpeechPlan> {
  const duration = pcm.sampleCount / pcm.sampleRate;
  const listen = () => {
    report('vad', 0, 0);
    const onProgress = (seconds: number) => report('vad', seconds / duration, seconds);
    return speechProbabilities(pcm, detector, { signal, onProgress });
  };
  if (vad === false) {
    const stretches = await quietStretches(pcm, {
      stretchSeconds: stretchSeconds(duration),
      signal,
    });
    const probabilities = suppressHallucinations ? await listen() : undefined;
    const possible = probabilities && speechRegions(probabilities, duration, FAINT_SPEECH);
    return {
      spans: possible ? stretches.filter((span) => speechSeconds(span, possible) > 0) : stretches,
      detected: undefined,
      possible,
      probabilities,
    };
  }
  const options = vad === true ? DEFAULT_VAD_OPTIONS : vad;
  const probabilities = await listen();
  const regions = speechRegions(probabilities, duration, {
    threshold: options.threshold,
    minSpeechSeconds: options.minSpeechMs / 1000,
    minSilenceSeconds: options.minSilenceMs / 1000,
    paddingSeconds: options.speechPadMs / 1000,
  });
  return {
    spans: packSpeech(regions),
    detected: regions,
    possible: suppressHallucinations ? regions : undefined,
    probabilities,
  };
}

/**
 * Long enough that their ends, where a window is not full, cost little; short
 * enough that a few minutes make a batch.
 */
function stretchSeconds(durationSeconds: number): number {
  return Math.min(MAX_STRETCH_SECONDS, Math.max(MIN_STRETCH_SECONDS, durationSeconds / STRETCHES));
}
