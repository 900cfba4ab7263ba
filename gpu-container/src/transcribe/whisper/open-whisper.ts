import { existsSync } from 'node:fs';
import type { SpeechRecognizer } from '../recognizer.ts';
import { hasPublishedWeights } from './network/published-weights.ts';
import { openPublishedWhisper } from './published-recognizer.ts';
import { openWhisper, type WhisperFiles, type WhisperOptions } from './recognizer.ts';

/**
 * Loads a Whisper model from what there is of it: an ONNX export where a CPU is
 * to run it, published weights on a GPU, and otherwise the one that is there.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export function openAnyWhisper(
  files: WhisperFiles,
  { extract, ...options }: WhisperOptions,
): Promise<SpeechRecognizer> {
  const isExported = existsSync(files.file('decoder.onnx'));
  const asPublished =
    hasPublishedWeights(files) &&
    extract === undefined &&
    (options.device === 'cuda' || !isExported);
  return asPublished
    ? openPublishedWhisper(files, options)
    : openWhisper(files, { ...options, ...(extract && { extract }) });
}
