import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import pRetry from 'p-retry';
import type { GuardedAgent } from '#adapters/guarded-agent.ts';
import {
  GuardedHttpError,
  type GuardedHttpFailure,
  type GuardedResponse,
  openGuarded,
  type ResponseHeaders,
  toGuardedHttpError,
} from '#adapters/guarded-http.ts';
import { type ErrorCode, ReelscribeError } from '#contracts/errors.ts';
import { type FetchRetry, type FetchTarget, tooLarge, transientOnly } from './fetch-target.ts';

/** Statuses below 500 that a later try may turn into a 200. */
const TRANSIENT_STATUSES = new Set([408, 425, 429]);

const CODE_OF_FAILURE: Record<GuardedHttpFailure, ErrorCode> = {
  'not-allowed': 'URL_NOT_ALLOWED',
  'too-many-redirects': 'FETCH_REFUSED',
  timeout: 'FETCH_FAILED',
  network: 'FETCH_FAILED',
};

/** A server that sends a little now and then must not hold a GPU for ever. */
const DOWNLOAD_TIMEOUT_MS = 60 * 60 * 1000;

export type UrlFetchDeps = {
  agent: GuardedAgent;
  retry?: FetchRetry;
  /** For the whole download, retries and all; an hour, if not given. */
  timeoutMs?: number;
};

/** What is on disk already, and by which version of the file a server may go on from there. */
type Download = { file: FileHandle; bytes: number; validator: string | undefined };

/**
 * Downloads a public URL through the guard. A connection that breaks is taken up
 * where it broke, where the server says that the file is still the same one
 * (`Range` with `If-Range`, RFC 9110), and from the start elsewhere.
 *
 * @returns The size in bytes.
 * @throws {ReelscribeError} URL_NOT_ALLOWED, FETCH_REFUSED (the server said no),
 *   FETCH_FAILED (it did not answer, or broke off too often), INPUT_EMPTY,
 *   INPUT_TOO_LARGE as soon as it shows. A server too slow for the time there is
 *   has refused: another attempt would only wait as long.
 * @throws The signal's reason, where it was aborted.
 */
export async function fetchUrl(
  url: string,
  deps: UrlFetchDeps,
  target: FetchTarget,
): Promise<number> {
  await using file = await open(target.path, 'w');
  const download: Download = { file, bytes: 0, validator: undefined };
  const timeoutMs = deps.timeoutMs ?? DOWNLOAD_TIMEOUT_MS;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = target.signal ? AbortSignal.any([target.signal, deadline]) : deadline;
  try {
    await pRetry(
      () => continueDownload(url, download, deps.agent, { ...target, signal }),
      transientOnly(signal, deps.retry),
    );
  } catch (error) {
    target.signal?.throwIfAborted();
    if (deadline.aborted) {
      throw new ReelscribeError(
        'FETCH_REFUSED',
        `the server of the media URL sent ${download.bytes} bytes in ${timeoutMs / 1000} s`,
        { hint: 'The server is too slow; upload the file by POST /v1/uploads instead.' },
      );
    }
    throw error;
  }
  if (download.bytes === 0) {
    throw new ReelscribeError('INPUT_EMPTY', 'the server of the media URL sent 0 bytes');
  }
  return download.bytes;
}

async function continueDownload(
  url: string,
  download: Download,
  agent: GuardedAgent,
  target: FetchTarget,
): Promise<void> {
  try {
    const response = await openGuarded(url, {
      agent,
      headers: resumeHeaders(download),
      ...(target.signal && { signal: target.signal }),
    });
    const body = response.body;
    try {
      await prepareFile(response, download);
      const length = Number(response.headers['content-length'] ?? Number.NaN);
      const bytesTotal = Number.isNaN(length) ? null : download.bytes + length;
      if (bytesTotal !== null && bytesTotal > target.maxBytes) {
        throw tooLarge(bytesTotal, target.maxBytes);
      }
      for await (const chunk of chunksOf(body)) {
        if (download.bytes + chunk.length > target.maxBytes) {
          throw tooLarge(download.bytes + chunk.length, target.maxBytes);
        }
        await download.file.write(chunk, 0, chunk.length, download.bytes);
        download.bytes += chunk.length;
        target.onProgress?.({ bytesDone: download.bytes, bytesTotal });
      }
    } finally {
      body.on('error', () => undefined).destroy();
    }
  } catch (error) {
    target.signal?.throwIfAborted();
    if (error instanceof GuardedHttpError) {
      throw new ReelscribeError(CODE_OF_FAILURE[error.failure], error.message, { cause: error });
    }
    throw error;
  }
}

function resumeHeaders({ bytes, validator }: Download): Record<string, string> {
  return bytes > 0 && validator !== undefined
    ? { range: `bytes=${bytes}-`, 'if-range': validator }
    : {};
}

/** Leaves in the file exactly the bytes that the response's body follows on. */
async function prepareFile(response: GuardedResponse, download: Download): Promise<void> {
  const { status, headers } = response;
  const resumesAt = `bytes ${download.bytes}-`;
  if (
    status === 206 &&
    download.bytes > 0 &&
    headers['content-range']?.toString().startsWith(resumesAt)
  ) {
    return;
  }
  download.bytes = 0;
  await download.file.truncate(0);
  if (status === 200) {
    download.validator = validatorOf(headers);
    return;
  }
  const isTransient = status >= 500 || status === 206 || status === 416;
  throw new ReelscribeError(
    isTransient || TRANSIENT_STATUSES.has(status) ? 'FETCH_FAILED' : 'FETCH_REFUSED',
    `the server of the media URL answered with status ${status}`,
  );
}

/** A weak ETag does not promise the same bytes, which is all that matters here. */
function validatorOf(headers: ResponseHeaders): string | undefined {
  const etag = headers['etag']?.toString();
  return etag?.startsWith('"') ? etag : headers['last-modified']?.toString();
}

async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    throw toGuardedHttpError(error);
  }
}
