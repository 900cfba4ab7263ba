import { isIP } from 'node:net';
import { z } from 'zod';
import { resolveTranscriptionModel, TEXT_EMBEDDING_MODELS } from '#contracts/models.ts';
import { resolveVideoEmbeddingModel } from '#contracts/video-embedding-models.ts';

/** As many as bytes of a key that nobody guesses, in hex or base64. */
const MIN_TOKEN_CHARS = 24;

/** Stands for a model that is not to be loaded. */
const NO_MODEL = 'none';

const count = z.coerce.number().int().positive();
const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1');
const seconds = z.coerce.number().positive();

const modelSchema = (preset: string, exists: (name: string) => boolean) =>
  z
    .string()
    .default(preset)
    .refine((name) => name === NO_MODEL || exists(name), { error: 'there is no such model' })
    .transform((name) => (name === NO_MODEL ? undefined : name));

const textModelsSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && name !== NO_MODEL),
  )
  .pipe(z.array(z.enum(TEXT_EMBEDDING_MODELS)));

/** What the service is told by its environment; docs/service.md explains each. */
export const serviceEnvironmentSchema = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(8_080),
    /** `cuda` is a demand: without a usable GPU the service does not start, rather than run on the CPU unseen. */
    DEVICE: z.enum(['cpu', 'cuda']).default('cpu'),
    /** `1` makes `cuda` a wish: without a usable GPU the service runs on the CPU, and tells so. */
    ALLOW_CPU_FALLBACK: flag,
    STORAGE_ROOT: z.string({ error: 'is required: the folder whose files requests may name' }),
    SCRATCH_DIR: z.string().min(1).default('/tmp'),
    SERVICE_TOKEN: z
      .string()
      .min(MIN_TOKEN_CHARS, `must have at least ${MIN_TOKEN_CHARS} characters`)
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    SERVICE_ALLOW_ANONYMOUS: flag,

    VIDEO_MODEL: modelSchema(
      'clip-vit-b32',
      (name) => resolveVideoEmbeddingModel(name) !== undefined,
    ),
    TEXT_MODELS: textModelsSchema.default(['all-minilm-l6-v2']),
    TRANSCRIPTION_MODEL: modelSchema(
      'base',
      (name) => resolveTranscriptionModel(name) !== undefined,
    ),
    MODEL_WAIT_SECONDS: seconds.default(120),
    MODEL_RETRY_SECONDS: seconds.default(30),

    MAX_INPUT_BYTES: count.default(2 * 1024 ** 3),
    MAX_MEDIA_SECONDS: count.default(4 * 3_600),
    MAX_FRAMES: count.max(2_048).default(64),
    MAX_FRAME_BYTES: count.default(20 * 1024 ** 2),

    MAX_BATCH: count.max(1_024).default(64),
    MAX_BATCH_WAIT_MS: z.coerce.number().min(0).max(1_000).default(0),
    MAX_TEXT_REQUESTS: count.default(512),
    MAX_EMBEDDING_JOBS: count.max(64).default(1),
    MAX_WAITING_JOBS: z.coerce.number().int().min(0).default(16),

    TEXT_TIMEOUT_SECONDS: seconds.default(30),
    MEDIA_TIMEOUT_SECONDS: seconds.default(1_800),
    DRAIN_SECONDS: seconds.default(60),
  })
  .refine(
    ({ HOST, SERVICE_TOKEN, SERVICE_ALLOW_ANONYMOUS }) =>
      SERVICE_TOKEN !== undefined || (SERVICE_ALLOW_ANONYMOUS && isLoopback(HOST)),
    {
      path: ['SERVICE_TOKEN'],
      error:
        'is required; without it the service runs on a loopback address only, with SERVICE_ALLOW_ANONYMOUS=1',
      // Told even where another variable is wrong, so that one start shows all that is.
      when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'SERVICE_TOKEN'),
    },
  );

export type ServiceEnvironment = z.output<typeof serviceEnvironmentSchema>;

/**
 * Reads the configuration. A variable that is set to nothing counts as not set,
 * as compose and env files write it.
 *
 * @returns it, or a line for each variable that is wrong
 */
export function readServiceEnvironment(
  env: NodeJS.ProcessEnv,
): { environment: ServiceEnvironment } | { problems: string[] } {
  const given = Object.entries(env).filter(([, value]) => value !== '');
  const parsed = serviceEnvironmentSchema.safeParse(Object.fromEntries(given));
  return parsed.success
    ? { environment: parsed.data }
    : { problems: parsed.error.issues.map(problemLine) };
}

function problemLine({ path: [name, ...rest], message }: z.core.$ZodIssue): string {
  const place = rest.length === 0 ? '' : ` (${rest.map((part) => Number(part) + 1).join('.')})`;
  return `${String(name)}${place}: ${message}`;
}

/** By number or as `localhost`: any other name may resolve to whatever address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
}
