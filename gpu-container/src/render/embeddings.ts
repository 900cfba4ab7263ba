import { ARTIFACTS } from '#contracts/artifacts.ts';
import type { Embeddings } from '#contracts/embeddings.ts';
import type { OutputFormat } from '#contracts/job-request.ts';
import { concatenate } from '../vector/concatenate.ts';
import { npyFile } from './npy.ts';
import type { RenderedArtifact } from './render.ts';

/** The embeddings of a job: the document, and its vectors as they are. */
export type EmbeddingResult = {
  document: Embeddings;
  /** Of each item of the video, [dims], or its tokens, [tokensPerItem, dims]; absent where there are none. */
  video?: readonly Float32Array[];
  /** Of each item of the text; absent where there are none. */
  text?: readonly Float32Array[];
};

/** Writes embeddings in the formats that were asked for: the document as `json`, the vectors as `npy`, a line for each as `ndjson`. */
export function renderEmbeddings(
  result: EmbeddingResult,
  formats: readonly OutputFormat[],
): RenderedArtifact[] {
  const { document } = result;
  return [
    ...(formats.includes('json')
      ? // Not indented: a line for every number is of use to nobody.
        [{ kind: 'embeddings', body: `${JSON.stringify(document)}\n` } as const]
      : []),
    ...(formats.includes('npy') ? renderArrays(result) : []),
    ...(formats.includes('ndjson')
      ? [{ kind: 'ndjson', body: renderLines(document) } as const]
      : []),
  ];
}

function renderArrays({ document, video, text }: EmbeddingResult): RenderedArtifact[] {
  const parts = [
    { part: document.video, values: video, tokensPerItem: document.video?.tokensPerItem },
    { part: document.text, values: text, tokensPerItem: undefined },
  ];
  return parts.flatMap(({ part, values, tokensPerItem }) => {
    if (part === undefined || values === undefined) {
      return [];
    }
    const { dims, file } = part;
    const shape = [values.length, ...(tokensPerItem === undefined ? [] : [tokensPerItem]), dims];
    const kind = file === ARTIFACTS.npy.file ? 'npy' : 'textNpy';
    return [{ kind, body: npyFile(concatenate(values), shape) } as const];
  });
}

/**
 * A line of JSON for each vector, which dataframes, DuckDB and Lance read as they
 * are: ids are unique over all jobs, and every line has every column.
 */
function renderLines({ jobId, video, text }: Embeddings): string {
  const lines = [
    ...(video?.items ?? []).map((item) => line(jobId, 'video', video!, item)),
    ...(text?.items ?? []).map((item) => line(jobId, 'text', text!, item)),
  ];
  return lines.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** Of a video or of text; what only text has is missing from the former. */
type Item = Omit<NonNullable<Embeddings['text']>['items'][number], 'text'> & { text?: string };

function line(
  jobId: string,
  kind: 'video' | 'text',
  { model, version }: { model: string; version: string },
  { index, start, end, text, speaker, channel, vector }: Item,
) {
  return {
    id: `${jobId}/${kind}/${index}`,
    jobId,
    kind,
    model,
    version,
    start,
    end,
    text: text ?? null,
    speaker: speaker ?? null,
    channel: channel ?? null,
    vector,
  };
}
