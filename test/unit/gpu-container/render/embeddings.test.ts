import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Embeddings } from '#contracts/embeddings.ts';
import {
  type EmbeddingResult,
  renderEmbeddings,
} from '../../../../gpu-container/src/render/embeddings.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { readNpy } from '../../../parity/npy.ts';

/** Numbers that single precision has exactly. */
const VECTORS = [Float32Array.of(0.5, -0.25, 0.125), Float32Array.of(0, 1, -1)];

function embeddings(vectors: readonly Float32Array[]): EmbeddingResult {
  const items = vectors.map((vector, index) => ({
    index,
    start: index,
    end: index + 1,
    text: 'Hello.',
    vector: [...vector],
  }));
  const document: Embeddings = {
    schemaVersion: '1.1',
    jobId: 'job',
    text: {
      model: 'gte-small',
      version: 'gte-small@1',
      dims: 3,
      file: 'embeddings.npy',
      granularity: 'segment',
      items,
    },
    warnings: [],
    metadata: {},
  };
  return { document, text: vectors };
}

/** Of a video, [dims] of each item, or its tokens, with the text beside it. */
function besideText(values: readonly Float32Array[], tokensPerItem?: number): EmbeddingResult {
  const { document, text } = embeddings([Float32Array.of(1, 0, 0)]);
  const items = values.map((_, index) => ({ index, start: index, end: index, vector: [0.6, 0.8] }));
  return {
    document: {
      ...document,
      video: {
        model: 'deterministic',
        version: 'deterministic@1',
        dims: 2,
        file: 'embeddings.npy',
        sampling: 'uniform',
        granularity: tokensPerItem === undefined ? 'frame' : 'token',
        pooling: 'none',
        augmentation: 'none',
        frameTimes: items.map(({ start }) => start),
        ...(tokensPerItem !== undefined && { tokensPerItem }),
        items,
      },
      text: { ...document.text!, file: 'text-embeddings.npy' },
    },
    video: values,
    ...(text && { text }),
  };
}

async function arraysOf(result: EmbeddingResult) {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'array.npy');
  const arrays: Record<string, Awaited<ReturnType<typeof readNpy>>> = {};
  for (const { kind, body } of renderEmbeddings(result, ['npy'])) {
    await writeFile(path, body);
    arrays[kind] = await readNpy(path);
  }
  return arrays;
}

async function npyOf(vectors: readonly Float32Array[]) {
  return (await arraysOf(embeddings(vectors)))['npy'];
}

describe('embeddings as files', () => {
  it('are a document and an array', () => {
    const result = embeddings(VECTORS);
    const artifacts = renderEmbeddings(result, ['markdown', 'json', 'npy']);

    expect(artifacts.map(({ kind }) => kind)).toEqual(['embeddings', 'npy']);
    expect(JSON.parse(String(artifacts[0]?.body))).toEqual(result.document);
  });

  it('are written in the formats that were asked for alone', () => {
    const kinds = (formats: Parameters<typeof renderEmbeddings>[1]) =>
      renderEmbeddings(embeddings(VECTORS), formats).map(({ kind }) => kind);

    expect(kinds(['json'])).toEqual(['embeddings']);
    expect(kinds(['npy', 'srt'])).toEqual(['npy']);
    expect(kinds(['markdown'])).toEqual([]);
  });

  it('have each vector as it is in a row of the array', async () => {
    const { shape, data } = (await npyOf(VECTORS))!;

    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual(VECTORS.flatMap((vector) => [...vector]));
  });

  it('are an array of no rows where nothing is said', async () => {
    expect(await npyOf([])).toMatchObject({ shape: [0, 3], data: Float32Array.of() });
  });

  it('are a document without text, and no array, where there are none', () => {
    const { text: _, ...document } = embeddings([]).document;
    const artifacts = renderEmbeddings({ document }, ['json', 'npy']);

    expect(artifacts.map(({ kind }) => kind)).toEqual(['embeddings']);
  });

  it('are an array for the video and one for the text', async () => {
    const { npy, textNpy } = await arraysOf(
      besideText([Float32Array.of(0.5, 1), Float32Array.of(2, 3)]),
    );

    expect(npy).toMatchObject({ shape: [2, 2], data: Float32Array.of(0.5, 1, 2, 3) });
    expect(textNpy).toMatchObject({ shape: [1, 3] });
  });

  it('are the tokens of each item where these were asked for', async () => {
    const { npy } = await arraysOf(besideText([Float32Array.of(1, 2, 3, 4, 5, 6)], 3));

    expect(npy).toMatchObject({ shape: [1, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  });

  it('are a line for each vector, with ids of their own and the same columns', () => {
    const [artifact, ...more] = renderEmbeddings(besideText([Float32Array.of(1, 0)]), ['ndjson']);
    const lines = String(artifact?.body)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

    expect(more).toEqual([]);
    expect(lines).toMatchObject([
      { id: 'job/video/0', kind: 'video', version: 'deterministic@1', text: null, start: 0 },
      { id: 'job/text/0', kind: 'text', version: 'gte-small@1', text: 'Hello.', vector: [1, 0, 0] },
    ]);
    expect(Object.keys(lines[0])).toEqual(Object.keys(lines[1]));
  });

  it('are no lines where there are no vectors', () => {
    expect(renderEmbeddings(embeddings([]), ['ndjson'])).toEqual([{ kind: 'ndjson', body: '' }]);
  });
});
