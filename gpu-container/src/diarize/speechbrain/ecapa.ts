import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { type FbankEmbedderOptions, openFbankEmbedder } from '../fbank/fbank-embedder.ts';
import { speechbrainFbank } from '../fbank/speechbrain-fbank.ts';
import type { SpeakerEmbedder } from '../speaker-embedder.ts';

const EMBEDDING_DIMS = 192;
const SHORTEST_CLIP_SECONDS = 0.25;

/**
 * Loads SpeechBrain's ECAPA-TDNN (https://arxiv.org/abs/2005.07143): features
 * [clips, frames, 80] → [clips, 1, 192] or [clips, 192]. It sees a clip as a
 * whole, edges and loudest moment included, so that the same speech within
 * another clip gets a somewhat different vector.
 *
 * @throws RangeError for a network of another signature
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export function openEcapaEmbedder(options: FbankEmbedderOptions): Promise<SpeakerEmbedder> {
  return openFbankEmbedder(options, {
    dims: EMBEDDING_DIMS,
    minSamples: SHORTEST_CLIP_SECONDS * SAMPLE_RATE,
    features: speechbrainFbank(),
  });
}
