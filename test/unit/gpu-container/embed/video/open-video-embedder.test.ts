import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openVideoEmbedder } from '../../../../../gpu-container/src/embed/video/open-video-embedder.ts';
import { findModel } from '../../../../../gpu-container/src/models/catalog.ts';
import { modelVersion } from '../../../../../gpu-container/src/models/model-entry.ts';
import {
  createModelStore,
  type ModelStore,
} from '../../../../../gpu-container/src/models/store.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { itWithShared, sharedPath } from '../../../../environment/shared.ts';
import { inTurn, plainFrame } from './frames.ts';

const NO_MODELS: Pick<ModelStore, 'pull'> = {
  pull: async (id) => {
    throw new Error(`${id} is not to be fetched`);
  },
};

/** A store of nothing but these files of a model, by their names in the catalog. */
async function storeOf(root: string, id: string, files: Record<string, string>) {
  const folder = join(root, 'models', id);
  await mkdir(folder, { recursive: true });
  for (const [name, path] of Object.entries(files)) {
    await symlink(path, join(folder, name));
  }
  return createModelStore({
    cacheDir: join(root, 'cache'),
    modelsDir: join(root, 'models'),
    offline: true,
  });
}

const clipFixture = (name: string) => sharedPath('fixtures', 'clip', 'model', name);

describe('openVideoEmbedder', () => {
  it('opens the deterministic one without fetching anything', async () => {
    const embedder = await openVideoEmbedder('deterministic', NO_MODELS, 'cpu');
    expect(embedder).toMatchObject({ model: 'deterministic', version: 'deterministic@1' });
  });

  it('refuses a name that is no model, and one of another kind', async () => {
    for (const requested of ['clip', 'whisper-base']) {
      await expect(openVideoEmbedder(requested, NO_MODELS, 'cpu')).rejects.toMatchObject({
        code: 'MODEL_NOT_FOUND',
      });
    }
  });

  it('fetches the precision that the device runs best', async () => {
    await expect(openVideoEmbedder('clip-vit-b32', NO_MODELS, 'cuda')).rejects.toThrow(
      'clip-vit-b32-fp16 is not to be fetched',
    );
  });

  itWithShared('opens CLIP from the files of the store', async () => {
    await using scratch = await makeScratchDir();
    const id = 'clip-vit-b32-fp32';
    const store = await storeOf(scratch.path, id, {
      'vision.onnx': clipFixture('onnx/vision_model.onnx'),
      'text.onnx': clipFixture('onnx/text_model.onnx'),
      'tokenizer.json': clipFixture('tokenizer.json'),
    });
    const embedder = await openVideoEmbedder(id, store, 'cpu');
    expect(embedder).toMatchObject({
      model: 'clip-vit-b32',
      version: modelVersion(findModel(id)),
      dims: 512,
    });
    const { rows } = await embedder.embed(inTurn([plainFrame(0, 90)]), {
      granularity: 'frame',
      augmentation: 'none',
    });
    const [text] = await embedder.embedTexts!(['grey']);
    expect([rows[0]!.length, text!.length]).toEqual([512, 512]);
    await embedder.dispose();
  });
});
