import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { type FbankEmbedderOptions, openFbankEmbedder } from '../fbank/fbank-embedder.ts';
import { kaldiFbank } from '../fbank/kaldi-fbank.ts';
import type { SpeakerEmbedder } from '../speaker-embedder.ts';

const EMBEDDING_DIMS = 256;
const SHORTEST_CLIP_SECONDS = 0.25;

/**
 * Loads a WeSpeaker network (https://arxiv.org/abs/2210.17016) such as
 * voxceleb_resnet34_LM: `feats` [clips, frames, 80] → `embs` [clips, 256].
 *
 * @throws RangeError for a network of another signature
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export function openWespeakerEmbedder(options: FbankEmbedderOptions): Promise<SpeakerEmbedder> {
  return openFbankEmbedder(options, {
    dims: EMBEDDING_DIMS,
    minSamples: SHORTEST_CLIP_SECONDS * SAMPLE_RATE,
    features: kaldiFbank(),
  });
}
