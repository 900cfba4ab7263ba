import type { Embeddings } from '#contracts/embeddings.ts';
import type { OutputFormat } from '#contracts/job-request.ts';
import { npyFile } from './npy.ts';
import type { RenderedArtifact } from './render.ts';

/** The embeddings of a job: the document, and the vectors of its text as they are. */
export type EmbeddingResult = {
  document: Embeddings;
  /** Of unit length, one for each item of the document's text; absent where there is none. */
  vectors?: readonly Float32Array[];
};

/** Writes embeddings in the formats that were asked for: the document as `json`, the vectors as `npy`. */
export function renderEmbeddings(
  { document, vectors }: EmbeddingResult,
  formats: readonly OutputFormat[],
): RenderedArtifact[] {
  const json = (): RenderedArtifact => ({
    kind: 'embeddings',
    // Not indented: a line for every number is of use to nobody.
    body: `${JSON.stringify(document)}\n`,
  });
  const npy = (dims: number, rows: readonly Float32Array[]): RenderedArtifact => ({
    kind: 'npy',
    body: npyFile(matrix(dims, rows), [rows.length, dims]),
  });
  return [
    ...(formats.includes('json') ? [json()] : []),
    ...(formats.includes('npy') && document.text && vectors
      ? [npy(document.text.dims, vectors)]
      : []),
  ];
}

function matrix(dims: number, rows: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(rows.length * dims);
  for (const [index, row] of rows.entries()) {
    values.set(row, index * dims);
  }
  return values;
}
