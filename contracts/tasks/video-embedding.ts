import { z } from 'zod';

/** Frames beyond this make a job longer than any search index gains from. */
const MAX_FRAMES = 2_048;

/** A token sequence of V-JEPA2 is 64 frames long; image models need few frames of a whole video. */
const DEFAULT_FRAMES = { image: 10, vjepa2: 64 };

export const videoEmbeddingSchema = z
  .strictObject({
    required: z.boolean().default(true),
    model: z.string().min(1).max(100).default('clip-vit-b32').meta({
      description:
        'clip-vit-b32, vjepa2-vitl-fpc64-256, qwen3-vl-embedding-2b, qwen3-vl-embedding-8b or deterministic.',
    }),
    frames: z.int().min(1).max(MAX_FRAMES).optional(),
    sampling: z.enum(['uniform', 'fps', 'scene']).default('uniform'),
    dims: z.int().min(1).max(8_192).optional().meta({
      description: 'Truncates and renormalises; only for models trained for it.',
    }),
    pooling: z.enum(['none', 'mean', 'max', 'center', 'thirds']).default('mean'),
    caption: z.string().min(1).max(2_000).optional(),
    onDecodeError: z.enum(['fail', 'zeros']).default('fail'),
  })
  .transform((task) => ({
    ...task,
    frames:
      task.frames ??
      (task.model.startsWith('vjepa2') ? DEFAULT_FRAMES.vjepa2 : DEFAULT_FRAMES.image),
  }))
  .meta({ id: 'VideoEmbeddingTask' });
