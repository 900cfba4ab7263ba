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
    schemaVersion: '1.0',
    jobId: 'job',
    text: { model: 'gte-small', dims: 3, granularity: 'segment', items },
    warnings: [],
    metadata: {},
  };
  return { document, vectors };
}

async function npyOf(vectors: readonly Float32Array[]) {
  const [artifact] = renderEmbeddings(embeddings(vectors), ['npy']);
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'embeddings.npy');
  await writeFile(path, artifact!.body);
  return await readNpy(path);
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
    const { shape, data } = await npyOf(VECTORS);

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
});
