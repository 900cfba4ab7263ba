import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { prepareWhisper, WEIGHTS_FILE } from './prepare-whisper.ts';

/**
 * A folder that has the weights of a Whisper, of which a GPU is given a graph of
 * our own: the model's own where they are there, or else one that they are made
 * in from its export, once for as long as the machine's temporary files last.
 *
 * @param dir of the model as the store has it, named by its content in a folder named by its id
 * @returns undefined for an export that no weights can be made of
 */
export async function publishedDir(dir: string, scratch = tmpdir()): Promise<string | undefined> {
  if (existsSync(join(dir, WEIGHTS_FILE))) {
    return dir;
  }
  const made = join(scratch, 'reelscribe-weights', basename(dirname(dir)), basename(dir));
  if (existsSync(join(made, WEIGHTS_FILE))) {
    return made;
  }
  const files = {
    encoderPath: join(dir, 'encoder.onnx'),
    decoderPath: join(dir, 'decoder.onnx'),
    configPath: join(dir, 'config.json'),
  };
  try {
    await prepareWhisper({ ...files, outDir: made, precision: 'fp16' });
    return made;
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}
