import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelStoreFromEnvironment } from '../../../gpu-container/src/models/store.ts';
import { writeVisionGraph } from './vision-graph.ts';
import { VIT_B32 } from './vision-shape.ts';
import { randomVisionWeights } from './vision-weights.ts';

const CATALOG_ID = 'clip-vit-b32-fp32';
const SEED = 20210226;

/** A CLIP vision model on disk, as transformers.js wants it laid out. */
export type ClipFolder = {
  readonly folder: string;
  /** The same file that transformers.js loads. */
  readonly visionPath: string;
  /** Whether the weights are those that OpenAI trained, or random numbers. */
  readonly weights: 'published' | 'generated';
};

/**
 * Lays out CLIP ViT-B/32 for both sides: the published file where the model store
 * has it already, and otherwise one of the same architecture and size with seeded
 * random weights, whose embeddings mean nothing but take as long.
 */
export async function layOutClip(parent: string): Promise<ClipFolder> {
  const folder = join(parent, 'clip-vit-b32');
  const visionPath = join(folder, 'onnx', 'vision_model.onnx');
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await writeJson(join(folder, 'config.json'), CONFIG);
  await writeJson(join(folder, 'preprocessor_config.json'), PREPROCESSOR_CONFIG);
  const store = modelStoreFromEnvironment();
  if (await store.has(CATALOG_ID)) {
    const files = await store.pull(CATALOG_ID);
    await symlink(files.file('vision.onnx'), visionPath);
    return { folder, visionPath, weights: 'published' };
  }
  await writeFile(visionPath, writeVisionGraph(VIT_B32, randomVisionWeights(VIT_B32, SEED)));
  return { folder, visionPath, weights: 'generated' };
}

async function writeJson(path: string, content: object): Promise<void> {
  await writeFile(path, JSON.stringify(content));
}

const CONFIG = {
  architectures: ['CLIPModel'],
  model_type: 'clip',
  projection_dim: VIT_B32.dims,
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_act: 'quick_gelu',
    hidden_size: VIT_B32.width,
    image_size: VIT_B32.imageSize,
    intermediate_size: VIT_B32.mlpWidth,
    num_attention_heads: VIT_B32.heads,
    num_hidden_layers: VIT_B32.layers,
    patch_size: VIT_B32.patchSize,
    projection_dim: VIT_B32.dims,
  },
};

/** What CLIP's own repository says of its preprocessing; 3 is Pillow's number for bicubic. */
const PREPROCESSOR_CONFIG = {
  feature_extractor_type: 'CLIPFeatureExtractor',
  image_processor_type: 'CLIPImageProcessor',
  crop_size: { height: VIT_B32.imageSize, width: VIT_B32.imageSize },
  size: { shortest_edge: VIT_B32.imageSize },
  do_center_crop: true,
  do_convert_rgb: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  resample: 3,
  rescale_factor: 1 / 255,
};
