import { join } from 'node:path';
import type { SessionOptions } from '../onnx/session.ts';
import { openMoonshine } from './moonshine/recognizer.ts';
import type { SpeechRecognizer } from './recognizer.ts';
import { openAnyWhisper } from './whisper/open-whisper.ts';

/** Models that one recogniser reads. */
export type RecognizerFamily = 'whisper' | 'moonshine';

/** All that it takes to open a recogniser; it may cross to another thread. */
export type RecognizerSource = SessionOptions & {
  readonly family: RecognizerFamily;
  readonly modelId: string;
  /** Absolute path of the folder with the model's files. */
  readonly dir: string;
  /** Memory that a batch may be sized by. Default: what the process may still take. */
  readonly freeBytes?: number;
};

const OPENERS = { whisper: openAnyWhisper, moonshine: openMoonshine };

/**
 * Loads a speech recognition model.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export function openRecognizer({
  family,
  dir,
  ...options
}: RecognizerSource): Promise<SpeechRecognizer> {
  return OPENERS[family]({ file: (name) => join(dir, name) }, options);
}
