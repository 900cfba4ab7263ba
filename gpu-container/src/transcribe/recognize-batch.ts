import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from './recognizer.ts';

/** What became of a window; without a result it could not be recognised in any way. */
export type WindowOutcome = {
  readonly result?: WindowResult;
  /** Why it has no result, or why its words have no times. */
  readonly failure?: unknown;
};

/**
 * Recognises a batch. Where that fails, each half of it by itself, and so on, so
 * that a batch too large for the memory is none for long, and a window that
 * breaks the model does not take the others along; where a window fails alone,
 * once more without word times.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function recognizeBatch(
  recognizer: Pick<SpeechRecognizer, 'recognize'>,
  windows: readonly AudioWindow[],
  options: RecognizeOptions,
): Promise<WindowOutcome[]> {
  try {
    const results = await recognizer.recognize(windows, options);
    return results.map((result) => ({ result }));
  } catch (failure) {
    options.signal?.throwIfAborted();
    if (windows.length === 1) {
      return [await recognizeUntimed(recognizer, windows[0]!, options, failure)];
    }
  }
  const half = Math.ceil(windows.length / 2);
  return [
    ...(await recognizeBatch(recognizer, windows.slice(0, half), options)),
    ...(await recognizeBatch(recognizer, windows.slice(half), options)),
  ];
}

async function recognizeUntimed(
  recognizer: Pick<SpeechRecognizer, 'recognize'>,
  window: AudioWindow,
  options: RecognizeOptions,
  failure: unknown,
): Promise<WindowOutcome> {
  if (!options.wordTimestamps) {
    return { failure };
  }
  try {
    const [result] = await recognizer.recognize([window], { ...options, wordTimestamps: false });
    return { result: result!, failure };
  } catch (untimedFailure) {
    options.signal?.throwIfAborted();
    return { failure: untimedFailure };
  }
}
