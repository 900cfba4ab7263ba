import { DEFAULT_VAD_OPTIONS, type TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { warning } from '#contracts/transcript.ts';
import type { PcmReader } from '../decode/pcm.ts';
import type { SpeechRecognizer } from '../transcribe/recognizer.ts';
import { transcribeSpans } from '../transcribe/transcribe-spans.ts';
import { detectSpeech } from '../vad/detect-speech.ts';
import { packSpeech, type Span } from '../vad/pack-speech.ts';
import type { SpeechDetector } from '../vad/silero.ts';
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
  /** Checked between windows; its reason is thrown after the state has been told. */
  signal: AbortSignal;
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
  const spans = await run.timer.time(
    'vad',
    () => findSpans(pcm, task, engine.detector, run.report),
    'cpu',
  );
  const speechSeconds = spans.reduce((sum, span) => sum + span.end - span.start, 0);
  const state = await run.timer.time(
    'transcribe',
    () => transcribeFrom(pcm, spans, task, engine, run),
    run.device,
  );
  if (state.segments.length > 0 || state.warnings.length > 0) {
    return { state, speechSeconds };
  }
  return { state: { ...state, warnings: [warning('NO_SPEECH')] }, speechSeconds };
}

async function findSpans(
  pcm: PcmReader,
  task: TranscriptionTask,
  detector: SpeechDetector,
  report: ReportProgress,
): Promise<Span[]> {
  const duration = pcm.sampleCount / pcm.sampleRate;
  if (task.vad === false) {
    return [{ start: 0, end: duration }];
  }
  const { threshold, minSpeechMs, minSilenceMs, speechPadMs } =
    task.vad === true ? DEFAULT_VAD_OPTIONS : task.vad;
  report('vad', 0, 0);
  const regions = await detectSpeech(
    pcm,
    detector,
    {
      threshold,
      minSpeechSeconds: minSpeechMs / 1000,
      minSilenceSeconds: minSilenceMs / 1000,
      paddingSeconds: speechPadMs / 1000,
    },
    (seconds) => report('vad', seconds / duration, seconds),
  );
  return packSpeech(regions);
}

async function transcribeFrom(
  pcm: PcmReader,
  spans: readonly Span[],
  task: TranscriptionTask,
  { recognizer }: TranscriptionEngine,
  run: TranscriptionRun,
): Promise<TranscriptionState> {
  let state = run.resumeFrom ?? BEGINNING;
  const total = spans.reduce((sum, span) => sum + span.end - span.start, 0);
  const progressAt = ({ cursor }: TranscriptionState) => {
    const done = spans.slice(0, cursor.span).reduce((sum, span) => sum + span.end - span.start, 0);
    return done + cursor.seekSamples / pcm.sampleRate;
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
      ...(task.initialPrompt === undefined ? {} : { initialPrompt: task.initialPrompt }),
      ...(task.maxNewTokens === undefined ? {} : { maxNewTokens: task.maxNewTokens }),
    },
    from: state.cursor,
  });
  for await (const step of steps) {
    state = {
      cursor: step.cursor,
      language: state.language ?? step.language,
      segments: [...state.segments, ...step.segments],
      warnings: [...state.warnings, ...step.warnings],
    };
    run.report('transcribe', progressAt(state) / total, progressAt(state));
    await run.onState(state);
    run.signal.throwIfAborted();
  }
  return state;
}
