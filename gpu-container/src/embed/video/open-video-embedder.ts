import {
  resolveVideoEmbeddingModel,
  type VideoEmbeddingModelName,
} from '#contracts/video-embedding-models.ts';
import { freeGpuBytes } from '../../gpu/nvidia-smi.ts';
import { videoEmbeddingEntry } from '../../models/catalog.ts';
import { modelVersion } from '../../models/model-entry.ts';
import type { ModelStore } from '../../models/store.ts';
import { openClipVideo } from '../clip/clip-video.ts';
import { openDeterministicVideo } from '../deterministic/deterministic-video.ts';
import { openQwen3VlVideo } from '../qwen3-vl/qwen3-vl-video.ts';
import { openVjepa2Video } from '../vjepa2/vjepa2-video.ts';
import type { OpenEmbedderOptions } from './open-embedder.ts';
import type { VideoEmbedder } from './video-embedder.ts';

type ModelWithFiles = Exclude<VideoEmbeddingModelName, 'deterministic'>;

const OPENERS: Record<ModelWithFiles, (options: OpenEmbedderOptions) => Promise<VideoEmbedder>> = {
  'clip-vit-b32': openClipVideo,
  'vjepa2-vitl-fpc64-256': openVjepa2Video,
  'qwen3-vl-embedding-2b': openQwen3VlVideo,
  'qwen3-vl-embedding-8b': openQwen3VlVideo,
};

/**
 * Fetches and loads the model that a video embedding request names.
 *
 * @param requested a name of contracts/video-embedding-models.ts, or a catalog id
 * @param gpuMemory tells what memory of the GPU is free, in bytes, which passes are sized by
 * @throws ReelscribeError `MODEL_NOT_FOUND`, what the store throws, or `GPU_UNAVAILABLE`
 */
export async function openVideoEmbedder(
  requested: string,
  models: Pick<ModelStore, 'pull'>,
  device: OpenEmbedderOptions['device'],
  gpuMemory: () => Promise<number | undefined> = freeGpuBytes,
): Promise<VideoEmbedder> {
  const model = resolveVideoEmbeddingModel(requested);
  if (model === 'deterministic') {
    return openDeterministicVideo();
  }
  const entry = videoEmbeddingEntry(requested, device);
  // The entry was found by this name.
  const named = model!;
  return await OPENERS[named]({
    model: named,
    version: modelVersion(entry),
    files: await models.pull(entry.id),
    device,
    freeBytes: device === 'cuda' ? await gpuMemory() : undefined,
  });
}
