import { z } from 'zod';
import { errorCodeSchema } from './errors.ts';
import { LANGUAGES } from './languages.ts';
import { transcriptSchema } from './transcript.ts';
import { MAX_FRAMES } from './video-embedding-models.ts';

/**
 * Requests and answers of the service mode: the worker as a long-running HTTP
 * server. Names with underscores are those of the services that it takes the place of.
 */

const storageKeySchema = z.string().min(1).max(1_024).meta({
  description: 'Path of a file below the storage root of the service.',
  example: 'talks/2024/opening.mp4',
});

/** Of a transcription, what a single request may choose; a model that the service does not have loaded is refused. */
const transcriptionOptionsShape = {
  model: z.string().min(1).max(100).optional(),
  language: z.enum(['auto', ...LANGUAGES]).default('auto'),
  task: z.enum(['transcribe', 'translate']).default('transcribe').meta({
    description: '`translate` writes English, whatever is spoken.',
  }),
  channels: z.enum(['mix', 'separate']).default('mix'),
};

/** The fields of POST /v1/transcribe/audio beside its file. */
export const transcriptionOptionsSchema = z.strictObject(transcriptionOptionsShape);

export type TranscriptionOptions = z.output<typeof transcriptionOptionsSchema>;

export const transcribeVideoRequestSchema = z
  .strictObject({ storage_key: storageKeySchema, ...transcriptionOptionsShape })
  .meta({ id: 'TranscribeVideoRequest' });

const captionSchema = z.string().trim().min(1).max(2_000).optional().meta({
  description: 'What the video is about; only for a model that reads it with the pictures.',
});

const MAX_DIMS = 8_192;

export const embedVideoRequestSchema = z
  .strictObject({
    storage_key: storageKeySchema,
    caption: captionSchema,
    dims: z.int().min(1).max(MAX_DIMS).optional().meta({
      description: 'Truncates and renormalises; only for models trained for it.',
    }),
    frames: z.int().min(1).max(MAX_FRAMES).optional().meta({
      description: 'How many frames are looked at, spread evenly over the duration.',
    }),
    pooling: z.enum(['mean', 'max', 'center']).default('mean'),
    transcribe: z.boolean().default(false).meta({ description: 'Adds the transcript.' }),
  })
  .meta({ id: 'EmbedVideoRequest' });

/** The fields of POST /v1/embed/video_frames beside its frames: all of a form are texts. */
export const embedFramesFieldsSchema = z.strictObject({
  caption: captionSchema,
  dims: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().max(MAX_DIMS))
    .optional(),
});

export const embedTextRequestSchema = z
  .strictObject({
    text: z.string().min(1).max(32_000),
    dims: z.int().min(1).max(MAX_DIMS).optional(),
    model: z.string().min(1).max(100).optional().meta({
      description:
        'One of the loaded text models, the first of them if not given; or the loaded video model, for a text that is compared with pictures.',
    }),
  })
  .meta({ id: 'EmbedTextRequest' });

const embeddingShape = {
  version: z.string().meta({
    description: 'Which files of the model: vectors of one version can be compared.',
  }),
  dims: z.int().positive(),
  embedding: z.array(z.number()).meta({ description: 'Of unit length, rounded to eight digits.' }),
};

export const embeddingResponseSchema = z.strictObject(embeddingShape).meta({ id: 'Embedding' });

export type EmbeddingResponse = z.infer<typeof embeddingResponseSchema>;

export const embedVideoResponseSchema = z
  .strictObject({ ...embeddingShape, transcript: transcriptSchema.optional() })
  .meta({ id: 'VideoEmbedding' });

export type EmbedVideoResponse = z.infer<typeof embedVideoResponseSchema>;

/** What POST /embed answers: an embedding or, with a status of 4xx or 5xx, an error. */
export const embedFileResponseSchema = z
  .strictObject({
    embedding: z.array(z.number()).nullable(),
    debugMetadata: z.record(z.string(), z.union([z.string(), z.number()])),
    error: errorCodeSchema.nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'EmbedFileResult' });

export type EmbedFileResponse = z.infer<typeof embedFileResponseSchema>;

export const HEALTH_STATUSES = ['ok', 'loading', 'degraded', 'draining'] as const;

export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export const healthResponseSchema = z
  .strictObject({
    status: z.enum(HEALTH_STATUSES).meta({
      description:
        'loading: requests wait for their model; degraded: a model could not be had, the routes of the others work; draining: no new work is taken.',
    }),
    uptime_seconds: z.number().nonnegative(),
    processed_files: z.int().nonnegative(),
    gpu_available: z.boolean(),
    model_loaded: z.boolean().meta({ description: 'Whether every model of the service is.' }),
    model_name: z.string().nullable().meta({ description: 'The model that embeds videos.' }),
    device: z.enum(['cpu', 'cuda']).meta({ description: 'Where the models run.' }),
    cpu_fallback: z.boolean().meta({
      description:
        'Whether `device` is cpu because no GPU could be used, though one was asked for.',
    }),
    gpu: z
      .strictObject({
        name: z.string(),
        driver: z.string(),
        memory_total_mib: z.number().nullable(),
        compute_capability: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'The one that the models run on; null on the CPU.' }),
  })
  .meta({ id: 'Health' });

export type HealthResponse = z.infer<typeof healthResponseSchema>;

const measureSchema = z.number().nullable();

export const gpuMetricsSchema = z
  .strictObject({
    gpus: z.array(
      z.strictObject({
        index: z.int().nonnegative(),
        uuid: z.string(),
        name: z.string(),
        driver: z.string(),
        compute_capability: z.string().nullable(),
        utilization_percent: measureSchema,
        memory_used_mib: measureSchema,
        memory_total_mib: measureSchema,
        temperature_celsius: measureSchema,
        power_watts: measureSchema,
      }),
    ),
  })
  .meta({ id: 'GpuMetrics', description: 'null for what a GPU does not tell.' });

export type GpuMetrics = z.infer<typeof gpuMetricsSchema>;
