import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type Warning, warning } from '#contracts/transcript.ts';
import type { PcmReader } from '../decode/pcm.ts';
import type { Logger } from '../log/logger.ts';
import type { SpeechRecognizer } from '../transcribe/recognizer.ts';
import { SURE_PROBABILITY } from '../transcribe/spoken-language.ts';
import { type TranscribeOptions, transcribeSpans } from '../transcribe/transcribe-spans.ts';
import { START, settledSeconds } from '../transcribe/window-pool.ts';
import type { Span } from '../vad/pack-speech.ts';
import type { SpeechDetector } from '../vad/silero.ts';
import { partSpoken } from '../vad/spoken-segments.ts';
import { tightenToSpeech } from '../vad/tighten-to-speech.ts';
import type { TranscriptionState } from './checkpoint.ts';
import { planSpeech, type SpeechPlan } from './plan-speech.ts';
import type { ReportProgress } from './progress.ts';
import type { StageTimer } from './stage-timer.ts';

/** The models of a transcription, loaded. */
export type TranscriptionEngine = { detector: SpeechDetector; recognizer: SpeechRecognizer };

/** What became of one recording, or one channel of it. */
export type MediaTranscription = {
  state: TranscriptionState;
  /** Where the speech is: everywhere, without detection. */
  speech: readonly Span[];
  /** How probable speech is, frame by frame; absent where nobody had to know. */
  probabilities?: Float32Array;
};

export type TranscriptionRun = {
  timer: StageTimer;
  report: ReportProgress;
  /** Where the recogniser computes, for the metrics. */
  device: 'cpu' | 'cuda';
  /** What an earlier attempt did on the same media. */
  resumeFrom?: TranscriptionState | undefined;
  /** Told after every batch of windows; awaited, so that it may store the state. */
  onState: (state: TranscriptionState) => Promise<void>;
  /** Its reason is thrown soon after it aborts, and the state told before. */
  signal: AbortSignal;
  log: Pick<Logger, 'warn'>;
};

/**
 * Finds the speech, writes it down batch by batch, and tells after each batch
 * where it stands. Going on from a told state gives what an
 * uninterrupted run would have given.
 */
export async function transcribeMedia(
  pcm: PcmReader,
  task: TranscriptionTask,
  engine: TranscriptionEngine,
  run: TranscriptionRun,
): Promise<MediaTranscription> {
  const plan = await run.timer.time(
    'vad',
    () => planSpeech(pcm, task, engine.detector, run),
    'cpu',
  );
  const state = await run.timer.time(
    'transcribe',
    () => transcribeFrom(pcm, plan, task, engine, run),
    run.device,
  );
  return {
    state: finish(state, plan),
    speech: plan.detected ?? plan.spans,
    ...(plan.probabilities && { probabilities: plan.probabilities }),
  };
}

/** Puts the segments in order and leaves out what nobody can have said. */
function finish(state: TranscriptionState, { detected, possible }: SpeechPlan): TranscriptionState {
  const inOrder = state.segments.toSorted((a, b) => a.start - b.start);
  const { spoken, unspoken } = possible
    ? partSpoken(inOrder, possible)
    : { spoken: inOrder, unspoken: [] };
  const warnings = [
    ...state.warnings,
    ...unspoken.map(({ start, end }) => warning('UNSPOKEN_TEXT', { start, end })),
  ];
  return {
    ...state,
    segments: tightenToSpeech(spoken, detected ?? []),
    warnings: [...warningsAbout({ ...state, segments: spoken }), ...warnings],
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

function totalSeconds(stretches: readonly Span[]): number {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0);
}

async function transcribeFrom(
  pcm: PcmReader,
  { spans, detected, possible }: SpeechPlan,
  task: TranscriptionTask,
  { recognizer }: TranscriptionEngine,
  run: TranscriptionRun,
): Promise<TranscriptionState> {
  let state: TranscriptionState = run.resumeFrom ?? {
    cursor: START,
    batchSize: task.batchSize ?? recognizer.batchSize,
    language: null,
    segments: [],
    warnings: [],
  };
  const total = totalSeconds(spans);
  const report = ({ cursor }: TranscriptionState) => {
    const done = settledSeconds(cursor, spans);
    run.report('transcribe', total === 0 ? 1 : done / total, done);
  };
  report(state);

  const steps = transcribeSpans({
    pcm,
    spans,
    speech: detected ?? possible,
    recognizer,
    options: {
      ...recognitionOptions(task, recognizer),
      language: state.language?.code ?? task.language,
      batchSize: state.batchSize,
    },
    from: state.cursor,
    signal: run.signal,
  });
  try {
    for await (const step of steps) {
      state = {
        ...state,
        cursor: step.cursor,
        language: state.language ?? step.language,
        segments: [...state.segments, ...step.segments],
        warnings: [...state.warnings, ...step.warnings],
      };
      for (const err of step.failures) {
        run.log.warn({ err, cursor: step.cursor }, 'a window could not be recognised in full');
      }
      run.signal.throwIfAborted();
      await run.onState(state);
      report(state);
    }
  } catch (error) {
    if (run.signal.aborted) {
      await run.onState(state);
    }
    throw error;
  }
  return state;
}

/** What the request says of recognition, without what it leaves out. */
function recognitionOptions(
  task: TranscriptionTask,
  { timesWords }: Pick<SpeechRecognizer, 'timesWords'>,
): Omit<TranscribeOptions, 'batchSize'> {
  const { language, task: what, temperatures, suppressHallucinations } = task;
  const { multilingual, conditionOnPreviousText, beamSize } = task;
  const { initialPrompt, hotwords, maxNewTokens, patience, lengthPenalty } = task;
  return {
    language,
    task: what,
    temperatures,
    suppressHallucinations,
    wordTimestamps: task.wordTimestamps ?? timesWords,
    multilingual,
    conditionOnPreviousText,
    beamSize,
    ...(initialPrompt !== undefined && { initialPrompt }),
    ...(hotwords !== undefined && { hotwords }),
    ...(maxNewTokens !== undefined && { maxNewTokens }),
    ...(patience !== undefined && { patience }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
  };
}
