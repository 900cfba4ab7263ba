import { type FileHandle, open } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import pRetry, { AbortError } from 'p-retry';
import { ReelscribeError } from '#contracts/errors.ts';
import { type FetchRetry, type FetchTarget, tooLarge, transientOnly } from './fetch-target.ts';

const PART_BYTES = 16 * 1024 * 1024;
const CONCURRENT_PARTS = 8;
/** A part that is not there by then has stalled and is asked for again. */
const PART_TIMEOUT_MS = 120_000;

export type S3Location = { bucket: string; key: string; versionId?: string | undefined };

export type S3FetchDeps = { s3: S3Client; retry?: FetchRetry; partBytes?: number };

type ByteRange = { start: number; end: number };

/**
 * Downloads an object by parallel ranged GETs, each written at its own offset.
 * Every GET demands the ETag that was seen first, so that an object which is
 * overwritten meanwhile is never read as a mixture.
 *
 * @returns The object's size in bytes.
 * @throws {ReelscribeError} INPUT_NOT_FOUND (also where reading is forbidden:
 *   S3 does not always tell the two apart, and neither do we), INPUT_EMPTY,
 *   INPUT_TOO_LARGE before any byte is read, FETCH_FAILED.
 */
export async function fetchS3(
  location: S3Location,
  deps: S3FetchDeps,
  target: FetchTarget,
): Promise<number> {
  const { etag, size } = await headObject(location, deps.s3, target.signal);
  if (size === 0) {
    throw new ReelscribeError('INPUT_EMPTY', `${describe(location)} has 0 bytes`);
  }
  if (size > target.maxBytes) {
    throw tooLarge(size, target.maxBytes);
  }

  await using file = await open(target.path, 'w');
  const firstFailure = new AbortController();
  const signal = target.signal
    ? AbortSignal.any([target.signal, firstFailure.signal])
    : firstFailure.signal;
  let bytesDone = 0;
  const limit = pLimit(CONCURRENT_PARTS);
  const parts = partition(size, deps.partBytes ?? PART_BYTES).map((range) =>
    limit(async () => {
      try {
        await pRetry(
          () => fetchPart(location, etag, range, deps.s3, file, signal),
          transientOnly(signal, deps.retry),
        );
        bytesDone += range.end - range.start + 1;
        target.onProgress?.({ bytesDone, bytesTotal: size });
      } catch (error) {
        firstFailure.abort(error);
      }
    }),
  );
  // Every part must have let go of the file before it is closed.
  await Promise.all(parts);
  signal.throwIfAborted();
  return size;
}

async function headObject(
  location: S3Location,
  s3: S3Client,
  signal: AbortSignal | undefined,
): Promise<{ etag: string | undefined; size: number }> {
  try {
    const head = await s3.send(
      new HeadObjectCommand(objectParameters(location)),
      signal ? { abortSignal: signal } : {},
    );
    return { etag: head.ETag, size: head.ContentLength ?? 0 };
  } catch (error) {
    signal?.throwIfAborted();
    throw toFetchError(error, location);
  }
}

async function fetchPart(
  location: S3Location,
  etag: string | undefined,
  range: ByteRange,
  s3: S3Client,
  file: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const command = new GetObjectCommand({
    ...objectParameters(location),
    ...(etag !== undefined && { IfMatch: etag }),
    Range: `bytes=${range.start}-${range.end}`,
  });
  let position = range.start;
  for await (const chunk of objectChunks(command, location, s3, signal)) {
    await file.write(chunk, 0, chunk.length, position);
    position += chunk.length;
  }
  if (position !== range.end + 1) {
    throw new ReelscribeError('FETCH_FAILED', `${describe(location)}: a part came back short`);
  }
}

/** The bytes of one GET; what goes wrong on the way becomes an error of ours here. */
async function* objectChunks(
  command: GetObjectCommand,
  location: S3Location,
  s3: S3Client,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const partSignal = AbortSignal.any([signal, AbortSignal.timeout(PART_TIMEOUT_MS)]);
  try {
    const { Body } = await s3.send(command, { abortSignal: partSignal });
    if (!(Body instanceof Readable)) {
      throw new TypeError('the body of an S3 object is not a Node stream');
    }
    yield* addAbortSignal(partSignal, Body);
  } catch (error) {
    signal.throwIfAborted();
    throw toFetchError(error, location);
  }
}

function partition(size: number, partBytes: number): ByteRange[] {
  return Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => ({
    start: index * partBytes,
    end: Math.min((index + 1) * partBytes, size) - 1,
  }));
}

function toFetchError(error: unknown, location: S3Location): Error {
  const status = httpStatus(error);
  if (status === 412 || status === 416) {
    return new AbortError(
      new ReelscribeError('FETCH_FAILED', `${describe(location)} changed while it was being read`, {
        cause: error,
        hint: 'Send the job again once the object is no longer written to.',
      }),
    );
  }
  if (status === 301) {
    return new ReelscribeError(
      'INPUT_NOT_FOUND',
      `${describe(location)}: the bucket is in another region than this deployment`,
      { cause: error },
    );
  }
  if (status !== undefined && status >= 400 && status < 500 && status !== 429) {
    return new ReelscribeError(
      'INPUT_NOT_FOUND',
      `${describe(location)} does not exist or may not be read`,
      { cause: error },
    );
  }
  return new ReelscribeError('FETCH_FAILED', `${describe(location)} could not be read`, {
    cause: error,
    hint: 'S3 did not answer; the job can be sent again.',
  });
}

/** The status that S3 answered with, where it answered. */
function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) {
    return undefined;
  }
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

function objectParameters({ bucket, key, versionId }: S3Location) {
  return { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
}

function describe({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}
