import { VIDEO_EMBEDDING_MODELS } from '#contracts/video-embedding-models.ts';
import { BILINEAR } from '../image/resampling-filter.ts';
import { resize } from '../image/resize.ts';
import { assertGranularity } from '../video/assert-granularity.ts';
import type { VideoEmbedder } from '../video/video-embedder.ts';
import { hashedVector } from './hashed-vector.ts';

const MODEL = 'deterministic';
/** Counts up where the same input would get another vector. */
const VERSION = `${MODEL}@1`;
const THUMBNAIL = { width: 8, height: 8 };

/**
 * An embedder without a network, for tests of whoever uses embeddings: the vector
 * of a frame is a hash of it scaled down to 8 by 8 pixels, that of a text a hash of
 * its UTF-8 bytes. Equal inputs have equal vectors, on every machine; nothing else about them means
 * anything, least of all the similarity of a text and a picture.
 */
export function openDeterministicVideo(): VideoEmbedder {
  const { dims } = VIDEO_EMBEDDING_MODELS[MODEL];
  return {
    model: MODEL,
    version: VERSION,
    dims,
    takesCaption: false,
    async embed(frames, { granularity, augmentation, signal, onProgress }) {
      assertGranularity(MODEL, granularity);
      if (augmentation !== 'none') {
        throw new RangeError(`${MODEL} is not averaged over ${augmentation}`);
      }
      const rows: Float32Array[] = [];
      const times: number[] = [];
      for await (const frame of frames) {
        signal?.throwIfAborted();
        rows.push(hashedVector('frame', resize(frame, THUMBNAIL, BILINEAR).data, dims));
        times.push(frame.time);
        onProgress?.(frame.time);
      }
      if (rows.length === 0) {
        throw new RangeError('There are no frames to embed');
      }
      const spans = times.map((time) => ({ start: time, end: time }));
      return { rows, spans, frameTimes: times };
    },
    embedTexts: async (texts) =>
      texts.map((text) => hashedVector('text', new TextEncoder().encode(text), dims)),
    dispose: async () => {},
  };
}
