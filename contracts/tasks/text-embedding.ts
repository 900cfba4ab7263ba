import { z } from 'zod';

export const GRANULARITIES = ['segment', 'speaker-turn', 'chunk'] as const;

/** What of a transcript is embedded as one. */
export type Granularity = (typeof GRANULARITIES)[number];

export const textEmbeddingSchema = z
  .strictObject({
    required: z.boolean().default(true),
    model: z.string().min(1).max(100).default('all-minilm-l6-v2').meta({
      description: 'all-minilm-l6-v2 or gte-small.',
    }),
    granularity: z.enum(GRANULARITIES).default('segment').meta({
      description: 'What has a vector of its own: docs/api.md tells how a transcript is divided.',
    }),
    dims: z.int().min(1).max(8_192).optional().meta({
      description: 'Truncates and renormalises; only for models trained for it.',
    }),
  })
  .meta({ id: 'TextEmbeddingTask' });

export type TextEmbeddingTask = z.output<typeof textEmbeddingSchema>;
