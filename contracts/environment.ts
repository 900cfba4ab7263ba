import { z } from 'zod';

const bucketListSchema = z.string().transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

const flagSchema = z
  .enum(['0', '1'])
  .default('0')
  .transform((flag) => flag === '1');

const count = z.coerce.number().int().positive();

/** Set on a laptop only: webhooks and media may then be on loopback, over http. */
const allowLoopback = { ALLOW_LOOPBACK_URLS: flagSchema };

/**
 * What each process is told by its environment. The CDK app writes these names
 * and the processes read them; nothing else is configuration.
 */
export const apiEnvironmentSchema = z.object({
  ...allowLoopback,
  JOB_TABLE: z.string().min(1),
  JOB_QUEUE_URL: z.url(),
  WEBHOOK_QUEUE_URL: z.url(),
  WEBHOOK_SECRETS_PREFIX: z.string().min(1),
  ARTIFACTS_BUCKET: z.string().min(1),
  ALLOWED_INPUT_BUCKETS: bucketListSchema,
  ALLOWED_OUTPUT_BUCKETS: bucketListSchema,
  RETENTION_DAYS: count,
  MAX_UPLOAD_BYTES: count,
});

export const dispatchEnvironmentSchema = z.object({
  JOB_TABLE: z.string().min(1),
  WEBHOOK_QUEUE_URL: z.url(),
  BATCH_JOB_QUEUE: z.string().min(1),
  BATCH_JOB_DEFINITION: z.string().min(1),
});

export const batchEventsEnvironmentSchema = z.object({
  JOB_TABLE: z.string().min(1),
  WEBHOOK_QUEUE_URL: z.url(),
});

export const webhooksEnvironmentSchema = z.object({
  ...allowLoopback,
  JOB_TABLE: z.string().min(1),
  WEBHOOK_QUEUE_URL: z.url(),
  WEBHOOK_SECRETS_PREFIX: z.string().min(1),
});

export const sweeperEnvironmentSchema = z.object({
  JOB_TABLE: z.string().min(1),
  JOB_QUEUE_URL: z.url(),
  WEBHOOK_QUEUE_URL: z.url(),
});

export const workerEnvironmentSchema = z.object({
  ...allowLoopback,
  /** For the SDK's clients. Lambda sets it by itself; ECS on EC2, where Batch jobs run, does not. */
  AWS_REGION: z.string().min(1),
  JOB_TABLE: z.string().min(1),
  WEBHOOK_QUEUE_URL: z.url(),
  ARTIFACTS_BUCKET: z.string().min(1),
  MAX_INPUT_BYTES: count,
  MAX_MEDIA_SECONDS: count,
  /** `cuda` is a demand: without a usable GPU the job fails rather than run on the CPU unseen. */
  DEVICE: z.enum(['cpu', 'cuda']),
  /** `1` makes `cuda` a wish: without a usable GPU the job runs on the CPU, and its result says so. */
  ALLOW_CPU_FALLBACK: flagSchema,
  /** Least time between two progress events of a stage. */
  PROGRESS_INTERVAL_SECONDS: z.coerce.number().positive().default(5),
  SCRATCH_DIR: z.string().min(1).default('/tmp'),
  /** Set by AWS Batch itself. */
  AWS_BATCH_JOB_ID: z.string().min(1),
  AWS_BATCH_JOB_ATTEMPT: count,
});

export type ApiEnvironment = z.infer<typeof apiEnvironmentSchema>;
export type WorkerEnvironment = z.infer<typeof workerEnvironmentSchema>;
