import { SAMPLE_RATE } from '../decode/pcm.ts';
import { embedVoice } from './embed-speech.ts';
import type { SpeakerEmbedder } from './speaker-embedder.ts';
import type { StretchEmbedder } from './stretch-embedder.ts';

/** Stretches read and embedded in one go: two and a half minutes of samples at the most. */
const STRETCHES_PER_READ = 32;

/** Embeds the stretches of a recording one by one, with a model that takes clips. */
export function stretchesByClip(embedder: SpeakerEmbedder): StretchEmbedder {
  return {
    modelId: embedder.modelId,
    dims: embedder.dims,
    async embedStretches(pcm, stretches, { signal, onProgress } = {}) {
      const embeddings: (Float32Array | undefined)[] = [];
      for (let first = 0; first < stretches.length; first += STRETCHES_PER_READ) {
        signal?.throwIfAborted();
        const batch = stretches.slice(first, first + STRETCHES_PER_READ);
        const clips = await Promise.all(
          batch.map(({ start, end }) => {
            const from = Math.round(start * SAMPLE_RATE);
            return pcm.read(from, Math.round(end * SAMPLE_RATE) - from);
          }),
        );
        embeddings.push(...(await embedder.embed(clips)));
        onProgress?.(Math.max(...batch.map(({ end }) => end)));
      }
      return embeddings;
    },
    dispose: () => embedder.dispose(),
  };
}

/**
 * Embeds clips with a model that takes the stretches of a recording, each clip
 * as a recording of its own.
 *
 * @param minSamples nothing can be made of shorter clips
 */
export function clipsByStretch(embedder: StretchEmbedder, minSamples: number): SpeakerEmbedder {
  return {
    modelId: embedder.modelId,
    dims: embedder.dims,
    minSamples,
    async embed(clips) {
      const embeddings: (Float32Array | undefined)[] = [];
      for (const clip of clips) {
        embeddings.push(clip.length < minSamples ? undefined : await embedVoice(clip, embedder));
      }
      return embeddings;
    },
    dispose: () => embedder.dispose(),
  };
}
