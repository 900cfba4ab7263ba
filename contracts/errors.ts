import { z } from 'zod';

/** What a caller can rely on about one error code. */
type ErrorDefinition = {
  /** HTTP status of the problem document when the API itself answers with this code. */
  status: number;
  /** One short, stable sentence: the `title` of the problem document. */
  title: string;
  /** What the reader can do about it. */
  hint: string;
  /** True where the same job may succeed if it is simply run again. */
  retryable?: true;
};

/**
 * Every error that crosses a wire, in a response, a job record or an event.
 * Codes are stable: one is never renamed, and its meaning never changes.
 */
export const ERRORS = {
  // The request
  INVALID_JSON: {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send one JSON object, UTF-8.',
  },
  INVALID_REQUEST: {
    status: 400,
    title: 'The request does not fit the schema',
    hint: 'See `errors` for each field; GET /v1/openapi.json has the schema.',
  },
  URL_NOT_ALLOWED: {
    status: 400,
    title: 'The media URL is not allowed',
    hint: 'Give a public https URL with a host name, on port 443, without credentials.',
  },
  WEBHOOK_URL_NOT_ALLOWED: {
    status: 400,
    title: 'The webhook URL is not allowed',
    hint: 'Give a public https URL with a host name, on port 443, without credentials.',
  },
  UNAUTHORIZED: {
    status: 401,
    title: 'The caller did not say who it is',
    hint: 'Send Authorization: Bearer <SERVICE_TOKEN>; only the service asks for it.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The caller is not allowed to do this',
    hint: 'Send a valid API key in the x-api-key header, or a signature where the deployment uses IAM.',
  },
  BUCKET_NOT_ALLOWED: {
    status: 403,
    title: 'This deployment may not use that bucket',
    hint: 'Add the bucket to the allowedInputBuckets or allowedOutputBuckets context and deploy again.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'There is no such route',
    hint: 'GET /v1/openapi.json lists the routes.',
  },
  JOB_NOT_FOUND: {
    status: 404,
    title: 'There is no such job',
    hint: 'Check the id; a job is visible to the caller that created it and until its retention ends.',
  },
  UPLOAD_NOT_FOUND: {
    status: 404,
    title: 'There is no such upload',
    hint: 'POST /v1/uploads first, then send the file to the address it returns.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The route does not take this method',
    hint: 'The Allow header lists the methods that it takes.',
  },
  IDEMPOTENCY_KEY_IN_FLIGHT: {
    status: 409,
    title: 'A request with this Idempotency-Key is still in progress',
    hint: 'Repeat the same request in a moment.',
  },
  JOB_NOT_FINISHED: {
    status: 409,
    title: 'The job has not finished',
    hint: 'Cancel it or wait for its end first.',
  },
  JOB_ALREADY_FINISHED: {
    status: 409,
    title: 'The job has finished',
    hint: 'A finished job can be read or deleted, not changed.',
  },
  WEBHOOK_NOT_CONFIGURED: {
    status: 409,
    title: 'The job has no webhook',
    hint: 'Give `webhook.url` when the job is created.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    hint: 'Media travels by S3, by URL or by POST /v1/uploads, never in the body.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body is not of a type that the route takes',
    hint: 'Send Content-Type: application/json; a form, where the route takes one, is multipart/form-data.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'This Idempotency-Key was used with another body',
    hint: 'Use a new key for a new job.',
  },
  NOT_AVAILABLE: {
    status: 422,
    title: 'This option is not available in this version',
    hint: 'Leave the option out; docs/api.md lists what is available.',
  },
  MODEL_NOT_FOUND: {
    status: 422,
    title: 'There is no such model',
    hint: 'docs/models.md lists the model ids.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    hint: 'Slow down and try again.',
    retryable: true,
  },
  INTERNAL: {
    status: 500,
    title: 'Something failed on our side',
    hint: 'Try again; if it stays, look for the job id in the logs.',
    retryable: true,
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: 'The service takes no more work now',
    hint: 'Send the request again after the seconds in Retry-After.',
    retryable: true,
  },
  GATEWAY_TIMEOUT: {
    status: 504,
    title: 'The request took too long',
    hint: 'Repeat it with the same Idempotency-Key.',
    retryable: true,
  },

  // The media
  INPUT_NOT_FOUND: {
    status: 422,
    title: 'The input does not exist or cannot be read',
    hint: 'Check bucket, key and version, and that the deployment may read the bucket.',
  },
  INPUT_EMPTY: { status: 422, title: 'The input has no bytes', hint: 'Upload the file again.' },
  INPUT_TOO_LARGE: {
    status: 422,
    title: 'The input is larger than this deployment allows',
    hint: 'Send a smaller file or raise maxInputBytes.',
  },
  MEDIA_TOO_LONG: {
    status: 422,
    title: 'The media is longer than this deployment allows',
    hint: 'Split the file or raise maxMediaSeconds.',
  },
  FETCH_REFUSED: {
    status: 422,
    title: 'The server of the media URL refused the download',
    hint: 'Check that the URL answers 200 without a login; redirects are followed only to allowed addresses.',
  },
  FETCH_FAILED: {
    status: 502,
    title: 'The media could not be downloaded',
    hint: 'The server of the media URL did not answer; the job can be sent again.',
    retryable: true,
  },
  UNSUPPORTED_MEDIA: {
    status: 422,
    title: 'The input is not a media file that can be read',
    hint: 'Send audio or video in a common container (mp4, mkv, webm, mp3, wav, flac, ogg, m4a); to be embedded, an image may be png, jpg or webp.',
  },
  MEDIA_CORRUPT: {
    status: 422,
    title: 'The media file is damaged or incomplete',
    hint: 'Play it locally to the end, then upload it again.',
  },
  NO_AUDIO_STREAM: {
    status: 422,
    title: 'The media has no audio to transcribe',
    hint: 'Send a file with an audio track.',
  },
  NO_VIDEO_STREAM: {
    status: 422,
    title: 'The media has no pictures to embed',
    hint: 'Send a file with a video track, or a png, jpg or webp image.',
  },
  DECODE_TIMEOUT: {
    status: 422,
    title: 'Decoding the media took too long',
    hint: 'Convert the file to a common codec first.',
  },

  // The run
  FFMPEG_NOT_FOUND: {
    status: 500,
    title: 'No usable ffmpeg was found',
    hint: 'Set FFMPEG_PATH and FFPROBE_PATH, or install ffmpeg.',
  },
  MODEL_UNAVAILABLE_OFFLINE: {
    status: 500,
    title: 'The model is not in the cache and REELSCRIBE_OFFLINE forbids fetching it',
    hint: 'Run `npm run models -- pull <id>` while online.',
  },
  MODEL_DOWNLOAD_FAILED: {
    status: 502,
    title: 'The model could not be fetched',
    hint: 'Check that a source of the model can be reached.',
    retryable: true,
  },
  MODEL_CHECKSUM_MISMATCH: {
    status: 500,
    title: 'A model file is not the one that was pinned',
    hint: 'Delete it from the cache and pull again; if it stays, the source has changed: do not use it.',
  },
  GPU_UNAVAILABLE: {
    status: 500,
    title: 'A GPU was asked for and could not be used',
    hint: 'Check the driver and the CUDA libraries of the image; `allowCpuFallback` lets the CPU take its place.',
    retryable: true,
  },
  TRANSCRIPTION_FAILED: {
    status: 500,
    title: 'The speech recogniser failed',
    hint: 'Send the job again; if it stays, report it with the job id.',
  },
  DIARIZATION_FAILED: {
    status: 500,
    title: 'The speakers could not be told apart',
    hint: 'Send the job again; if it stays, leave diarization.required out to get the transcript without speakers.',
  },
  TEXT_EMBEDDING_FAILED: {
    status: 500,
    title: 'The transcript could not be embedded',
    hint: 'Send the job again; if it stays, set textEmbedding.required to false to get the transcript without embeddings.',
  },
  VIDEO_EMBEDDING_FAILED: {
    status: 500,
    title: 'The video could not be embedded',
    hint: 'Send the job again; if it stays, set videoEmbedding.required to false to get the rest without it.',
  },
  PUBLISH_FAILED: {
    status: 500,
    title: 'The results could not be written',
    hint: 'Check that the deployment may write to the output bucket.',
    retryable: true,
  },
  INTERRUPTED: {
    status: 500,
    title: 'The machine was taken away during the run',
    hint: 'The job is tried again by itself.',
    retryable: true,
  },
  DEADLINE_EXCEEDED: {
    status: 422,
    title: 'The job was not started before its notAfter time',
    hint: 'Send it again with a later notAfter, or raise its priority.',
  },
  OUT_OF_MEMORY: {
    status: 500,
    title: 'The worker ran out of memory',
    hint: 'Use a smaller model or a larger instance family.',
  },
  ATTEMPT_TIMED_OUT: {
    status: 500,
    title: 'The run took longer than allowed',
    hint: 'Split the media or raise the attempt timeout.',
  },
  CAPACITY_UNAVAILABLE: {
    status: 503,
    title: 'No GPU machine could be had in time',
    hint: 'Send the job again later, or allow more instance families.',
    retryable: true,
  },
  IMAGE_PULL_FAILED: {
    status: 500,
    title: 'The worker image could not be pulled',
    hint: 'Check the image and the execution role.',
  },
  WORKER_CRASHED: {
    status: 500,
    title: 'The worker ended without a result',
    hint: 'Look for the job id in the worker log.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

export const errorCodeSchema = z
  .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
  .meta({ id: 'ErrorCode', description: 'Stable error code; docs/api.md explains each.' });

/** The error of a failed job or task, as records, documents and events carry it. */
export const failureSchema = z
  .strictObject({
    code: errorCodeSchema,
    message: z
      .string()
      .max(1000)
      .meta({ description: 'What happened, for a person. Never echoes a remote server.' }),
    hint: z.string().max(1000),
    retryable: z.boolean(),
  })
  .meta({ id: 'Failure' });

export type Failure = z.infer<typeof failureSchema>;

/**
 * An error with a stable code. Whatever else is thrown is a defect of ours and
 * reaches the caller as `INTERNAL`.
 *
 * @example
 * throw new ReelscribeError('INPUT_EMPTY', 's3://media/talk.mp4 has 0 bytes');
 */
export class ReelscribeError extends Error {
  override readonly name = 'ReelscribeError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string = ERRORS[code].title,
    options?: { cause?: unknown; hint?: string },
  ) {
    super(message, { cause: options?.cause });
    const definition: ErrorDefinition = ERRORS[code];
    this.code = code;
    this.hint = options?.hint ?? definition.hint;
    this.retryable = definition.retryable ?? false;
  }
}

/** The failure that a thrown value becomes on the wire; foreign errors keep their text out of it. */
export function toFailure(thrown: unknown): Failure {
  const error = thrown instanceof ReelscribeError ? thrown : new ReelscribeError('INTERNAL');
  return {
    code: error.code,
    message: error.message.slice(0, 1000),
    hint: error.hint,
    retryable: error.retryable,
  };
}
