import { z } from 'zod';
import {
  AUGMENTATIONS,
  MAX_FRAMES,
  resolveVideoEmbeddingModel,
  VIDEO_EMBEDDING_MODELS,
  VIDEO_GRANULARITIES,
} from '../video-embedding-models.ts';

const DEFAULT_MODEL = 'clip-vit-b32';

export const SAMPLINGS = ['uniform', 'fps', 'scene'] as const;

export type Sampling = (typeof SAMPLINGS)[number];

export const POOLINGS = ['none', 'mean', 'max', 'center', 'thirds'] as const;

/** How the vectors of frames or slices become those of a video. */
export type Pooling = (typeof POOLINGS)[number];

export const videoEmbeddingSchema = z
  .strictObject({
    required: z.boolean().default(true),
    model: z
      .string()
      .min(1)
      .max(100)
      .default(DEFAULT_MODEL)
      .meta({
        description: `${Object.keys(VIDEO_EMBEDDING_MODELS).join(', ')}, or one of them in a precision of the catalog.`,
      }),
    sampling: z.enum(SAMPLINGS).default('uniform').meta({
      description:
        'uniform: evenly over the duration; fps: at a rate; scene: one frame of each scene.',
    }),
    frames: z.int().min(1).max(MAX_FRAMES).optional().meta({
      description: 'How many frames are looked at; with the sampling fps, how many at most.',
    }),
    fps: z.number().min(0.001).max(60).optional().meta({
      description: 'Frames per second, for the sampling fps; 1 if not given.',
    }),
    granularity: z.enum(VIDEO_GRANULARITIES).optional().meta({
      description: "What has a vector before pooling; the model's own choice if not given.",
    }),
    pooling: z.enum(POOLINGS).optional().meta({
      description:
        'mean if not given, or none where there is one vector already or each token is wanted.',
    }),
    augmentation: z.enum(AUGMENTATIONS).default('none').meta({
      description:
        'flip: the mean with the mirror image; crops: the mean of three squares along the longer side.',
    }),
    dims: z.int().min(1).max(8_192).optional().meta({
      description: 'Truncates and renormalises; only for models trained for it.',
    }),
    caption: z.string().trim().min(1).max(2_000).optional().meta({
      description: 'What the video is about; only for models that read.',
    }),
    onDecodeError: z.enum(['fail', 'zeros']).default('fail').meta({
      description: 'What becomes of a video that cannot be decoded: a failed task, or zeros.',
    }),
  })
  .transform((task) => ({ ...task, ...defaultsOf(task) }))
  .meta({ id: 'VideoEmbeddingTask' });

/** What the model decides where the request does not; an unknown model is refused later, by name. */
function defaultsOf(task: {
  model: string;
  sampling: Sampling;
  frames?: number | undefined;
  granularity?: (typeof VIDEO_GRANULARITIES)[number] | undefined;
  pooling?: Pooling | undefined;
}) {
  const model = VIDEO_EMBEDDING_MODELS[resolveVideoEmbeddingModel(task.model) ?? DEFAULT_MODEL];
  const granularity = task.granularity ?? model.granularities[0]!;
  const isOneByItself = granularity === 'video' || granularity === 'token';
  return {
    granularity,
    frames: task.frames ?? (task.sampling === 'fps' ? model.frames.most : model.frames.default),
    pooling: task.pooling ?? (isOneByItself ? ('none' as const) : ('mean' as const)),
  };
}

export type VideoEmbeddingTask = z.output<typeof videoEmbeddingSchema>;
