import { z } from 'zod';
import { artifactSchema } from './artifacts.ts';
import { failureSchema } from './errors.ts';
import { warningSchema } from './transcript.ts';

const taskStatusSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('SUCCEEDED'), wallSeconds: z.number().nonnegative() }),
  z.strictObject({ status: z.literal('FAILED'), failure: failureSchema }),
]);

/** How each task that was asked for ended. */
export const taskOutcomesSchema = z
  .strictObject({
    transcription: taskStatusSchema.optional(),
    diarization: taskStatusSchema.optional(),
    videoEmbedding: taskStatusSchema.optional(),
    textEmbedding: taskStatusSchema.optional(),
  })
  .meta({ id: 'TaskOutcomes' });

export type TaskOutcomes = z.infer<typeof taskOutcomesSchema>;

/** The GPU that did the work. */
export const gpuSchema = z
  .strictObject({
    name: z.string(),
    driver: z.string().meta({ description: 'Version of its driver.', example: '580.95.05' }),
    memoryMib: z.int().nonnegative().optional().meta({
      description: 'All that it has; absent where its driver does not tell.',
    }),
    computeCapability: z.string().optional().meta({ example: '8.9' }),
  })
  .meta({ id: 'Gpu' });

export type Gpu = z.infer<typeof gpuSchema>;

/** What a finished job tells in its record and events; the rest is in the artifacts. */
export const jobResultSchema = z
  .strictObject({
    artifacts: z.array(artifactSchema),
    tasks: taskOutcomesSchema,
    warnings: z.array(warningSchema).max(50),
    language: z.string().nullable(),
    speakers: z.int().nonnegative().optional().meta({
      description: 'How many were told apart; absent where none were looked for.',
    }),
    durationSeconds: z.number().nonnegative(),
    metrics: z.strictObject({
      wallSeconds: z.number().nonnegative(),
      coldStartSeconds: z.number().nonnegative().meta({
        description: 'From the start of the worker to the first stage, models loaded.',
      }),
      realTimeFactor: z.number().nonnegative(),
      peakRssBytes: z.int().nonnegative(),
      device: z.enum(['cpu', 'cuda']).meta({
        description:
          'Where the models ran; `cpu` with the warning RAN_ON_CPU where a GPU was asked for.',
      }),
      gpu: gpuSchema.optional().meta({ description: 'Absent on the CPU.' }),
    }),
  })
  .meta({ id: 'JobResult' });

export type JobResult = z.infer<typeof jobResultSchema>;

export const MANIFEST_SCHEMA_VERSION = '1.0';

/** manifest.json: written last, so that who finds it finds all that it lists. */
export const manifestSchema = z
  .strictObject({
    schemaVersion: z.literal(MANIFEST_SCHEMA_VERSION),
    jobId: z.string(),
    attempt: z.int().positive(),
    createdAt: z.iso.datetime(),
    input: z.strictObject({
      bytes: z.int().nonnegative(),
      sha256: z.string(),
      contentType: z.string(),
    }),
    models: z.array(z.string()),
    result: jobResultSchema,
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Manifest' });

export type Manifest = z.infer<typeof manifestSchema>;
