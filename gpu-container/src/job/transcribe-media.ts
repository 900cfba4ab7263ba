import { DEFAULT_VAD_OPTIONS, type TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type Warning, warning } from '#contracts/transcript.ts';
import type { PcmReader } from '../decode/pcm.ts';
import type { Logger } from '../log/logger.ts';
import { SURE_PROBABILITY } from '../transcribe/opening-language.ts';
import type { SpeechRecognizer } from '../transcribe/recognizer.ts';
import { transcribeSpans } from '../transcribe/transcribe-spans.ts';
import { detectSpeech } from '../vad/detect-speech.ts';
import { packSpeech, type Span } from '../vad/pack-speech.ts';
import type { SpeechDetector } from '../vad/silero.ts';
import type { SpeechRegion } from '../vad/speech-regions.ts';
import { tightenToSpeech } from '../vad/tighten-to-speech.ts';
import type { TranscriptionState } from './checkpoint.ts';
import type { ReportProgress } from './progress.ts';
import type { StageTimer } from './stage-timer.ts';

/** The models of a transcription, loaded. */
export type TranscriptionEngine = { detector: SpeechDetector; recognizer: SpeechRecognizer };

export type TranscriptionRun = {
  timer: StageTimer;
  report: ReportProgress;
  /** Where the recogniser computes, for the metrics. */
  device: 'cpu' | 'cuda';
  /** What an earlier attempt did on the same media. */
  resumeFrom?: TranscriptionState | undefined;
  /** Told after every window; awaited, so that it may store the state. */
  onState: (state: TranscriptionState) => Promise<void>;
  /** Its reason is thrown soon after it aborts, and the state told before. */
  signal: AbortSignal;
  log: Pick<Logger, 'warn'>;
};

const BEGINNING: TranscriptionState = {
  cursor: { span: 0, seekSamples: 0 },
  language: null,
  segments: [],
  warnings: [],
};

/**
 * Finds the speech, writes it down window by window, and tells after each
 * window where it stands. Going on from a told state gives what an
 * uninterrupted run would have given.
 */
export async function transcribeMedia(
  pcm: PcmReader,
  task: TranscriptionTask,
  engine: TranscriptionEngine,
  run: TranscriptionRun,
): Promise<{ state: TranscriptionState; speechSeconds: number }> {
  const regions = await run.timer.time(
    'vad',
    () => findSpeech(pcm, task, engine.detector, run),
    'cpu',
  );
  const spans: Span[] =
    regions === undefined
      ? [{ start: 0, end: pcm.sampleCount / pcm.sampleRate }]
      : packSpeech(regions);
  const state = await run.timer.time(
    'transcribe',
    () => transcribeFrom(pcm, spans, task, engine, run),
    run.device,
  );
  return {
    speechSeconds: totalSeconds(regions ?? spans),
    state: {
      ...state,
      segments: tightenToSpeech(state.segments, regions ?? []),
      warnings: [...warningsAbout(state), ...state.warnings],
    },
  };
}

/** What can be said of the whole only when it is there. Without text the language does not matter. */
function warningsAbout({ segments, warnings, language }: TranscriptionState): Warning[] {
  if (segments.length === 0) {
    return warnings.length === 0 ? [warning('NO_SPEECH')] : [];
  }
  const probability = language?.probability ?? 1;
  return probability < SURE_PROBABILITY ? [warning('LANGUAGE_UNCERTAIN')] : [];
}

/** Speech regions of the recording; undefined where the job asks for no detection. */
async function findSpeech(
  pcm: PcmReader,
  task: TranscriptionTask,
  detector: SpeechDetector,
  { report, signal }: TranscriptionRun,
): Promise<SpeechRegion[] | undefined> {
  if (task.vad === false) {
    return undefined;
  }
  const duration = pcm.sampleCount / pcm.sampleRate;
  const { threshold, minSpeechMs, minSilenceMs, speechPadMs } =
    task.vad === true ? DEFAULT_VAD_OPTIONS : task.vad;
  report('vad', 0, 0);
  return detectSpeech(
    pcm,
    detector,
    {
      threshold,
      minSpeechSeconds: minSpeechMs / 1000,
      minSilenceSeconds: minSilenceMs / 1000,
      paddingSeconds: speechPadMs / 1000,
    },
    { signal, onProgress: (seconds) => report('vad', seconds / duration, seconds) },
  );
}

function totalSeconds(stretches: readonly Span[]): number {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0);
}

async function transcribeFrom(
  pcm: PcmReader,
  spans: readonly Span[],
  task: TranscriptionTask,
  { recognizer }: TranscriptionEngine,
  run: TranscriptionRun,
): Promise<TranscriptionState> {
  let state = run.resumeFrom ?? BEGINNING;
  const total = totalSeconds(spans);
  const progressAt = ({ cursor }: TranscriptionState) => {
    return totalSeconds(spans.slice(0, cursor.span)) + cursor.seekSamples / pcm.sampleRate;
  };
  run.report('transcribe', total === 0 ? 1 : progressAt(state) / total, progressAt(state));

  const steps = transcribeSpans({
    pcm,
    spans,
    recognizer,
    options: {
      language: state.language?.code ?? task.language,
      task: task.task,
      temperatures: task.temperatures,
      suppressHallucinations: task.suppressHallucinations,
      wordTimestamps: task.wordTimestamps,
      ...(task.initialPrompt === undefined ? {} : { initialPrompt: task.initialPrompt }),
      ...(task.maxNewTokens === undefined ? {} : { maxNewTokens: task.maxNewTokens }),
    },
    from: state.cursor,
    signal: run.signal,
  });
  try {
    for await (const step of steps) {
      state = {
        cursor: step.cursor,
        language: state.language ?? step.language,
        segments: [...state.segments, ...step.segments],
        warnings: [...state.warnings, ...step.warnings],
      };
      if (step.failure !== undefined) {
        run.log.warn(
          { err: step.failure, cursor: step.cursor },
          'a window could not be recognised in full',
        );
      }
      run.report('transcribe', progressAt(state) / total, progressAt(state));
      run.signal.throwIfAborted();
      await run.onState(state);
    }
  } catch (error) {
    if (run.signal.aborted) {
      await run.onState(state);
    }
    throw error;
  }
  return state;
}
