import { z } from 'zod';

export const textEmbeddingSchema = z
  .strictObject({
    required: z.boolean().default(true),
    model: z.string().min(1).max(100).default('all-minilm-l6-v2').meta({
      description: 'all-minilm-l6-v2 or gte-small.',
    }),
    granularity: z.enum(['segment', 'speaker-turn', 'chunk']).default('segment'),
  })
  .meta({ id: 'TextEmbeddingTask' });
