import { cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { publishedDir } from '../../../../../gpu-container/src/models/prepare/published-dir.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { describeWhisper } from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

describe('the folder that a GPU is given a Whisper from', () => {
  it('is its own where its weights are there', async () => {
    await using dir = await makeScratchDir();
    await writeFile(join(dir.path, 'model.safetensors'), '');
    expect(await publishedDir(dir.path, '/nowhere')).toBe(dir.path);
  });

  it('is made of its export once, with all that describes it', async () => {
    await using scratch = await makeScratchDir();
    const { dir } = await modelStoreFromEnvironment().pull('whisper-tiny');
    const made = (await publishedDir(dir, scratch.path))!;

    expect(made.startsWith(scratch.path)).toBe(true);
    const { dimensions } = await describeWhisper({ file: (name) => join(made, name) });
    expect(dimensions.decoderLayers).toBe(4);
    const weights = join(made, 'model.safetensors');
    const { ino } = await stat(weights);
    expect(await publishedDir(dir, scratch.path)).toBe(made);
    expect((await stat(weights)).ino).toBe(ino);
  });

  it('is none for an export that no weights can be made of', async () => {
    await using scratch = await makeScratchDir();
    const tiny = await modelStoreFromEnvironment().pull('whisper-tiny');
    const dir = join(scratch.path, 'whisper-odd', 'of-some-content');
    await mkdir(dir, { recursive: true });
    for (const name of await readdir(tiny.dir)) {
      await cp(tiny.file(name === 'decoder.onnx' ? 'encoder.onnx' : name), join(dir, name));
    }
    expect(await publishedDir(dir, scratch.path)).toBeUndefined();
  });
});
