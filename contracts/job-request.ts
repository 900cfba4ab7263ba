import { z } from 'zod';
import { uploadIdSchema } from './identifiers.ts';
import { bucketSchema, s3ObjectSchema } from './s3-object.ts';
import { diarizationSchema } from './tasks/diarization.ts';
import { textEmbeddingSchema } from './tasks/text-embedding.ts';
import { transcriptionSchema } from './tasks/transcription.ts';
import { videoEmbeddingSchema } from './tasks/video-embedding.ts';
import { EVENT_TYPES } from './webhook-event-types.ts';

export const inputSchema = z
  .union(
    [
      z.strictObject({ s3: s3ObjectSchema }),
      z.strictObject({
        url: z.string().min(1).max(4_096).meta({ description: 'Public https URL.' }),
      }),
      z.strictObject({ uploadId: uploadIdSchema }),
    ],
    { error: 'give exactly one of s3, url and uploadId' },
  )
  .meta({ id: 'JobInput' });

export type JobInput = z.infer<typeof inputSchema>;

export const tasksSchema = z
  .strictObject({
    transcription: transcriptionSchema.optional(),
    diarization: diarizationSchema.optional(),
    videoEmbedding: videoEmbeddingSchema.optional(),
    textEmbedding: textEmbeddingSchema.optional(),
  })
  .refine((tasks) => Object.values(tasks).some((task) => task !== undefined), {
    message: 'ask for at least one task',
  })
  .meta({ id: 'JobTasks' });

/** Formats that a transcript can be written in; then that of who speaks when, and those of embeddings. */
const TRANSCRIPT_OUTPUTS = ['markdown', 'json', 'srt', 'vtt', 'txt', 'tsv'] as const;
const OUTPUTS = [...TRANSCRIPT_OUTPUTS, 'rttm', 'npy', 'ndjson'] as const;

export type OutputFormat = (typeof OUTPUTS)[number];

/** Folders of the artifacts bucket that have their own owners and lifetimes. */
const RESERVED_PREFIX = /^(uploads|checkpoints|jobs)\//;

/** A prefix may nest but not climb, and ends where a file name can follow. */
const prefixSchema = z
  .string()
  .max(512)
  .regex(/^(?!\/)(?!.*\.\.)[\w!.*'()/-]*\/$/, 'must be a relative path that ends with a slash')
  .refine((prefix) => !RESERVED_PREFIX.test(prefix), {
    message: 'must not begin with uploads/, checkpoints/ or jobs/',
  });

const metadataSchema = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, { message: 'at most 16 pairs' });

export const jobRequestSchema = z
  .strictObject({
    input: inputSchema,
    tasks: tasksSchema,
    outputs: z.array(z.enum(OUTPUTS)).min(1).optional().meta({
      description: 'Every format that applies but ndjson, if not given.',
    }),
    output: z
      .strictObject({ bucket: bucketSchema.optional(), prefix: prefixSchema.optional() })
      .optional(),
    webhook: z
      .strictObject({
        url: z.string().min(1).max(2_048),
        events: z
          .array(z.enum(EVENT_TYPES))
          .min(1)
          .default([...EVENT_TYPES]),
      })
      .optional(),
    metadata: metadataSchema.default({}),
    priority: z
      .int()
      .min(0)
      .max(9)
      .default(0)
      .meta({ description: 'A higher one starts sooner among your own jobs.' }),
    notAfter: z.iso
      .datetime()
      .optional()
      .meta({ description: 'The job fails rather than start later than this.' }),
    retentionDays: z.int().min(1).max(3_650).optional(),
  })
  .transform((request) => ({
    ...request,
    outputs: request.outputs ?? defaultOutputs(request.tasks),
  }))
  .meta({ id: 'JobRequest' });

function defaultOutputs(tasks: z.infer<typeof tasksSchema>): OutputFormat[] {
  const embeds = tasks.videoEmbedding !== undefined || tasks.textEmbedding !== undefined;
  return [
    ...(tasks.transcription === undefined ? (['json'] as const) : TRANSCRIPT_OUTPUTS),
    ...(tasks.diarization === undefined ? [] : (['rttm'] as const)),
    ...(embeds ? (['npy'] as const) : []),
  ];
}

/** A request as a caller writes it. */
export type JobRequestInput = z.input<typeof jobRequestSchema>;

/** A request as the record keeps it: every default written out. */
export type JobRequest = z.output<typeof jobRequestSchema>;
