import { describe, expect, it } from '@jest/globals';
import { videoEmbeddingEntry } from '../../../../../gpu-container/src/models/catalog.ts';
import { EMBEDDING_MODELS_OF_HUB } from '../../../../../gpu-container/src/models/entries/embedding-hub.ts';

describe.each(['clip-vit-b32', 'vjepa2-vitl-fpc64-256'])('the entries of %s', (model) => {
  it('are of half precision for a GPU, and of single where there is no other', () => {
    const precisions = EMBEDDING_MODELS_OF_HUB.filter(({ id }) => id.startsWith(model)).map(
      ({ precision }) => precision,
    );
    expect(precisions).toEqual(expect.arrayContaining(['fp16', 'fp32']));
    expect(videoEmbeddingEntry(model, 'cuda')).toMatchObject({
      id: `${model}-fp16`,
      precision: 'fp16',
    });
  });

  it('have the same files in every precision, each from a place of its own', () => {
    const entries = EMBEDDING_MODELS_OF_HUB.filter(({ id }) => id.startsWith(model));
    const [first, ...others] = entries.map(({ files }) => files.map(({ name }) => name));
    for (const names of others) {
      expect(names).toEqual(first);
    }
    const graphs = entries.flatMap(({ files }) =>
      files
        .filter(({ name }) => name.endsWith('.onnx'))
        .flatMap(({ sources }) => sources.map((source) => JSON.stringify(source))),
    );
    expect(new Set(graphs).size).toBe(graphs.length);
  });
});
