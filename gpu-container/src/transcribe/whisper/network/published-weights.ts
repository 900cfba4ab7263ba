import { existsSync } from 'node:fs';
import { WEIGHTS_FILE } from '../../../models/prepare/prepare-whisper.ts';
import { externalTensor, readSafetensorsHeader } from '../../../onnx/graph/safetensors.ts';
import type { WhisperFiles } from '../recognizer.ts';
import type { PublishedWeights } from './network.ts';

/** Whether a model's files are published weights; others are graphs that somebody exported. */
export function hasPublishedWeights(files: WhisperFiles): boolean {
  return existsSync(files.file(WEIGHTS_FILE));
}

/**
 * Reads where the weights are. Their numbers stay in the file, from which
 * onnxruntime reads them itself.
 *
 * @throws RangeError when the file is no safetensors file
 */
export async function readPublishedWeights(files: WhisperFiles): Promise<PublishedWeights> {
  const entries = await readSafetensorsHeader(files.file(WEIGHTS_FILE));
  return new Map([...entries].map(([name, entry]) => [name, externalTensor(name, entry)]));
}
