import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobInput } from '#contracts/job-request.ts';
import { fetchS3, type S3FetchDeps } from './fetch-s3.ts';
import type { FetchProgress, FetchTarget } from './fetch-target.ts';
import { fetchUrl, type UrlFetchDeps } from './fetch-url.ts';
import { sniffMedia } from './sniff-media.ts';

/** An input as the worker gets it: an upload is an object in S3 by then. */
export type MediaInput = Exclude<JobInput, { uploadId: string }>;

export type FetchDeps = S3FetchDeps & UrlFetchDeps;

export type FetchOptions = {
  /** An existing folder of this job alone. */
  scratchDir: string;
  maxBytes: number;
  /** Whether a png, jpg or webp file will do as well as audio or video. */
  pictures: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: FetchProgress) => void;
};

export type FetchedMedia = {
  path: string;
  bytes: number;
  /** Media type by content, or null where the bytes do not tell. */
  sniffedType: string | null;
};

/**
 * Brings the input onto the local disk, so that nothing after it needs a network.
 *
 * @throws {ReelscribeError} INPUT_NOT_FOUND, INPUT_EMPTY, INPUT_TOO_LARGE,
 *   URL_NOT_ALLOWED, FETCH_REFUSED, FETCH_FAILED, UNSUPPORTED_MEDIA.
 * @throws The signal's reason, where it was aborted.
 */
export async function fetchMedia(
  input: MediaInput,
  deps: FetchDeps,
  { scratchDir, maxBytes, pictures, signal, onProgress }: FetchOptions,
): Promise<FetchedMedia> {
  // Without an extension, so that no later tool goes by a name that the caller chose.
  const path = join(scratchDir, 'input');
  const target: FetchTarget = { path, maxBytes, signal, onProgress };
  try {
    const bytes =
      's3' in input
        ? await fetchS3(input.s3, deps, target)
        : await fetchUrl(input.url, deps, target);
    return { path, bytes, sniffedType: await sniffMedia(path, { pictures }) };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
