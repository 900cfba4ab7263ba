/// <reference lib="esnext.float16" />
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type NewTensor, writeSafetensors } from '../../onnx/graph/safetensors.ts';
import { openExport } from './exported-weights.ts';
import { type PublishedWeight, whisperWeights } from './whisper-weights.ts';

/** Precisions that weights can be written in. */
export type WeightPrecision = 'fp32' | 'fp16';

export type WhisperExport = {
  readonly encoderPath: string;
  /** With or without a cache, or both in one file. */
  readonly decoderPath: string;
  /** `config.json`; the other JSON and text files of its folder belong to the model too. */
  readonly configPath: string;
};

/** What the file of weights is called. */
export const WEIGHTS_FILE = 'model.safetensors';

/** Configuration and vocabulary; an index of other weights is not among them. */
const COMPANION = /(?<!\.index)\.(json|txt)$/;

/**
 * Turns an ONNX export of Whisper, as optimum and transformers.js lay it out, into the weights it
 * was made from, under the names that Hugging Face transformers publishes them by. Of a quantised
 * export they are what its integers stand for. The model's other files are copied beside them.
 *
 * Everything is written elsewhere in the folder first and renamed, the weights last. In memory is
 * one of the two graphs at a time.
 *
 * @returns how many tensors were written, and the size of their file in bytes
 * @throws RangeError when the export lacks a weight or has it in another shape
 */
export async function prepareWhisper({
  encoderPath,
  decoderPath,
  configPath,
  outDir,
  precision,
}: WhisperExport & {
  readonly outDir: string;
  readonly precision: WeightPrecision;
}): Promise<{ tensors: number; bytes: number }> {
  const { encoder, decoder } = whisperWeights(JSON.parse(await readFile(configPath, 'utf8')));
  const exportAt = oneAtATime(openExport);
  const from = (path: string) => (weight: PublishedWeight) =>
    newTensor(weight, async () => await (await exportAt(path))(weight), precision);
  const tensors = [...encoder.map(from(encoderPath)), ...decoder.map(from(decoderPath))];

  await mkdir(outDir, { recursive: true });
  const partDir = await mkdtemp(join(outDir, '.partial-'));
  try {
    const bytes = await writeSafetensors(join(partDir, WEIGHTS_FILE), tensors);
    const modelDir = dirname(configPath);
    const companions = (await readdir(modelDir)).filter((file) => COMPANION.test(file));
    for (const file of companions) {
      await copyFile(join(modelDir, file), join(partDir, file));
    }
    for (const file of [...companions, WEIGHTS_FILE]) {
      await rename(join(partDir, file), join(outDir, file));
    }
    return { tensors: tensors.length, bytes };
  } finally {
    await rm(partDir, { recursive: true, force: true });
  }
}

function newTensor(
  { name, shape }: PublishedWeight,
  read: () => Promise<Float32Array>,
  precision: WeightPrecision,
): NewTensor {
  return precision === 'fp32'
    ? { name, shape, dtype: 'F32', bytes: async () => bytesOf(await read()) }
    : { name, shape, dtype: 'F16', bytes: async () => bytesOf(Float16Array.from(await read())) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Opens what is asked for and lets go of what was open before. */
function oneAtATime<Opened>(
  open: (path: string) => Promise<Opened>,
): (path: string) => Promise<Opened> {
  let last: { readonly path: string; readonly opened: Promise<Opened> } | undefined;
  return (path) => {
    if (last?.path !== path) {
      last = { path, opened: open(path) };
    }
    return last.opened;
  };
}
