import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WEIGHTS_FILE } from '../../../gpu-container/src/models/prepare/prepare-whisper.ts';
import { whisperWeights } from '../../../gpu-container/src/models/prepare/whisper-weights.ts';
import {
  type NewTensor,
  writeSafetensors,
} from '../../../gpu-container/src/onnx/graph/safetensors.ts';
import type { WhisperFiles } from '../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { type RandomHalves, randomHalves, repeatedHalf } from './random-halves.ts';
import { WHISPER_SHAPES, type WhisperShapeName, whisperConfig } from './shapes.ts';
import { largeGenerationConfig, largeTokenizer } from './vocabulary.ts';

const SEED = 20220921;

/**
 * Writes a Whisper of a published size as Hugging Face publishes them, with
 * seeded random weights in half precision: its texts mean nothing and take as
 * long to write. What an earlier bench has written is used again.
 *
 * @param tokens a smaller model, whose tokens are taken
 * @returns the folder
 */
export async function layOutWhisper(
  shapeName: WhisperShapeName,
  tokens: WhisperFiles,
  parent: string,
): Promise<string> {
  const folder = join(parent, `whisper-${shapeName}`);
  const path = join(folder, WEIGHTS_FILE);
  if (existsSync(path)) {
    return folder;
  }
  const shape = WHISPER_SHAPES[shapeName];
  const config = whisperConfig(shape);
  const readJson = async (name: string) => JSON.parse(await readFile(tokens.file(name), 'utf8'));
  const write = (name: string, content: object) =>
    writeFile(join(folder, name), JSON.stringify(content));
  await mkdir(folder, { recursive: true });
  await write('config.json', config);
  await write('tokenizer.json', largeTokenizer(await readJson('tokenizer.json')));
  await write(
    'generation_config.json',
    largeGenerationConfig(await readJson('generation_config.json'), shape),
  );
  await writeSafetensors(`${path}.partial`, randomWeights(config));
  await rename(`${path}.partial`, path);
  return folder;
}

/** A model's files, by their names. */
export function filesIn(folder: string): WhisperFiles {
  return { file: (name) => join(folder, name) };
}

function randomWeights(config: ReturnType<typeof whisperConfig>): NewTensor[] {
  const { encoder, decoder } = whisperWeights(config);
  const random = randomHalves(SEED);
  return [...encoder, ...decoder].map(({ name, shape }) => ({
    ...{ name, shape, dtype: 'F16' },
    bytes: () => numbersOf(name, shape, random),
  }));
}

/** Such that what passes through stays about as large, far from the limits of half precision. */
function numbersOf(name: string, shape: readonly number[], random: RandomHalves): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (name.endsWith('.bias')) {
    return repeatedHalf(count, 0);
  }
  return name.endsWith('layer_norm.weight')
    ? repeatedHalf(count, 1)
    : random(count, Math.sqrt(shape[0]! / count));
}
