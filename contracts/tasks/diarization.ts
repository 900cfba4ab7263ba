import { z } from 'zod';

/** More voices than this in one recording cannot be told apart by embeddings. */
const MAX_SPEAKERS = 50;

export const diarizationSchema = z
  .strictObject({
    required: z.boolean().default(false),
    backend: z.enum(['auto', 'pyannote', 'speechbrain', 'noop']).default('auto'),
    model: z.string().min(1).max(100).optional(),
    minSpeakers: z.int().min(1).max(MAX_SPEAKERS).default(1),
    maxSpeakers: z.int().min(1).max(MAX_SPEAKERS).default(8),
    numSpeakers: z.int().min(1).max(MAX_SPEAKERS).optional(),
    minSegmentDuration: z.number().min(0).max(10).optional().meta({ description: 'Seconds.' }),
    perChannel: z.boolean().default(false).meta({ description: 'Each channel is one speaker.' }),
  })
  .refine((task) => task.minSpeakers <= task.maxSpeakers, {
    path: ['minSpeakers'],
    message: 'must not be above maxSpeakers',
  })
  .meta({ id: 'DiarizationTask' });
