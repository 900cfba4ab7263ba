import type { Precision } from './models.ts';

/**
 * What of a video has a vector: each of its frames, each slice of time that a video
 * model looks at, each token of such a slice, or the video as a whole.
 */
export const VIDEO_GRANULARITIES = ['frame', 'slice', 'token', 'video'] as const;

export type VideoGranularity = (typeof VIDEO_GRANULARITIES)[number];

/** What else of a frame is looked at, and averaged with it. */
export const AUGMENTATIONS = ['none', 'flip', 'crops'] as const;

export type Augmentation = (typeof AUGMENTATIONS)[number];

/** What the API knows of a model that embeds videos; where its files are is the worker's catalog. */
export type VideoEmbeddingModel = {
  /** Where the catalog has it in several precisions, as `<name>-<precision>`; the device decides. */
  precisions?: readonly Precision[];
  /** Length of its vectors. */
  dims: number;
  /** The fewest numbers of a vector that mean something by themselves, where it was trained for that. */
  leastDims?: number;
  /** What it can give a vector of, its own choice first. */
  granularities: readonly VideoGranularity[];
  augmentations: readonly Augmentation[];
  /** How many frames it looks at if not told, and at most. */
  frames: { default: number; most: number; multipleOf?: number };
  /** Whether it reads as well as it sees, and so takes a caption. */
  reads: boolean;
  /** Whether it looks at frames together, so that the time between them means something to it. */
  seesMotion: boolean;
};

/** Frames beyond this make a job longer than any search index gains from. */
export const MAX_FRAMES = 2_048;

const QWEN3_VL = {
  precisions: ['fp16', 'q8', 'q4'],
  leastDims: 64,
  granularities: ['video', 'frame'],
  augmentations: ['none'],
  frames: { default: 10, most: 64 },
  reads: true,
  seesMotion: true,
} as const satisfies Partial<VideoEmbeddingModel>;

const MODELS = {
  'clip-vit-b32': {
    precisions: ['fp32', 'fp16', 'q8'],
    dims: 512,
    granularities: ['frame'],
    augmentations: ['none', 'flip', 'crops'],
    frames: { default: 10, most: MAX_FRAMES },
    reads: true,
    seesMotion: false,
  },
  'vjepa2-vitl-fpc64-256': {
    precisions: ['fp32', 'fp16'],
    dims: 1024,
    granularities: ['slice', 'frame', 'token'],
    augmentations: ['none', 'flip', 'crops'],
    // Attention is over all frames at once: the model has seen no more of them together.
    frames: { default: 64, most: 64, multipleOf: 2 },
    reads: false,
    seesMotion: true,
  },
  'qwen3-vl-embedding-2b': { ...QWEN3_VL, dims: 2048 },
  'qwen3-vl-embedding-8b': { ...QWEN3_VL, dims: 4096 },
  deterministic: {
    dims: 512,
    granularities: ['frame'],
    augmentations: ['none'],
    frames: { default: 10, most: MAX_FRAMES },
    reads: true,
    seesMotion: false,
  },
} as const satisfies Record<string, VideoEmbeddingModel>;

export type VideoEmbeddingModelName = keyof typeof MODELS;

export const VIDEO_EMBEDDING_MODELS: Readonly<
  Record<VideoEmbeddingModelName, VideoEmbeddingModel>
> = MODELS;

/** The name of a model given by it or by the catalog id of one of its precisions; undefined for an unknown one. */
export function resolveVideoEmbeddingModel(requested: string): VideoEmbeddingModelName | undefined {
  const entries = Object.entries(VIDEO_EMBEDDING_MODELS) as [
    VideoEmbeddingModelName,
    VideoEmbeddingModel,
  ][];
  const match = entries.find(
    ([name, { precisions = [] }]) =>
      requested === name || precisions.some((precision) => requested === `${name}-${precision}`),
  );
  return match?.[0];
}
