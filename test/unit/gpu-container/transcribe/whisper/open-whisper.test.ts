import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ModelFiles,
  modelStoreFromEnvironment,
} from '../../../../../gpu-container/src/models/store.ts';
import { logMel } from '../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { openAnyWhisper } from '../../../../../gpu-container/src/transcribe/whisper/open-whisper.ts';
import type { WhisperFiles } from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const MODEL = { modelId: 'whisper-tiny' };
const NO_WEIGHTS = 'no safetensors file';

/** Which form was opened shows in what is wrong with the weights, which only one of them reads. */
describe('opening a Whisper whose published weights cannot be read', () => {
  let model: ModelFiles;

  beforeAll(async () => {
    model = await modelStoreFromEnvironment().pull('whisper-tiny');
  });

  it('takes an export on a CPU', async () => {
    await using files = await filesWith({ exported: true });
    const recognizer = await openAnyWhisper(files, MODEL);

    expect(recognizer.languages).toHaveLength(99);
    await recognizer.dispose();
  });

  it('asks for the weights on a GPU', async () => {
    await using files = await filesWith({ exported: true });
    await expect(openAnyWhisper(files, { ...MODEL, device: 'cuda' })).rejects.toThrow(NO_WEIGHTS);
  });

  it('asks for the weights where there is no export', async () => {
    await using files = await filesWith({ exported: false });
    await expect(openAnyWhisper(files, MODEL)).rejects.toThrow(NO_WEIGHTS);
  });

  it('takes the export where the features are to be somebody else’s', async () => {
    await using files = await filesWith({ exported: false });
    const extract = logMel(80);
    await expect(openAnyWhisper(files, { ...MODEL, extract })).rejects.toThrow('encoder.onnx');
  });

  async function filesWith({
    exported,
  }: {
    exported: boolean;
  }): Promise<WhisperFiles & AsyncDisposable> {
    const scratch = await makeScratchDir();
    await writeFile(join(scratch.path, 'model.safetensors'), 'no weights at all');
    return {
      file: (name) =>
        name.endsWith('.json') || (exported && name.endsWith('.onnx'))
          ? model.file(name)
          : join(scratch.path, name),
      [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
    };
  }
});
