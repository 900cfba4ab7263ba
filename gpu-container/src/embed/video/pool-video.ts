import type { VideoEmbeddingTask } from '#contracts/tasks/video-embedding.ts';
import { pool } from '../pool/pool.ts';
import { type RowRange, thirds } from '../pool/row-weights.ts';
import type { TimeSpan, VideoRows } from './video-embedder.ts';

/** A vector of unit length, and what of the video it is of. */
export type VideoItem = TimeSpan & { readonly vector: Float32Array };

export type PooledVideo = {
  /** In order of time. */
  readonly items: readonly VideoItem[];
  /** Of each item where it was not pooled, as the model puts them out, [tokensPerItem, dims]. */
  readonly tokens?: readonly Float32Array[];
};

/**
 * Pools what a model made of a video, see {@link pool}: one item from the start
 * of the first row to the end of the last, or one for each third of the rows, or
 * for each row.
 *
 * @throws RangeError as {@link pool}
 */
export function poolVideo(
  { rows, spans, tokens }: VideoRows,
  { pooling, dims }: Pick<VideoEmbeddingTask, 'pooling' | 'dims'>,
): PooledVideo {
  const vectors = pool(rows, { pooling, dims });
  const ranges = pooledRanges(rows.length, pooling);
  return {
    items: vectors.map((vector, index) => ({ ...spanOf(spans, ranges[index]!), vector })),
    ...(pooling === 'none' && tokens && { tokens }),
  };
}

/** Which rows each vector is of. */
function pooledRanges(rows: number, pooling: VideoEmbeddingTask['pooling']): readonly RowRange[] {
  switch (pooling) {
    case 'none':
      return Array.from({ length: rows }, (_, row) => ({ from: row, to: row + 1 }));
    case 'thirds':
      return thirds(rows);
    case 'mean':
    case 'max':
    case 'center':
      return [{ from: 0, to: rows }];
  }
}

function spanOf(spans: readonly TimeSpan[], { from, to }: RowRange): TimeSpan {
  return { start: spans[from]!.start, end: spans[to - 1]!.end };
}
