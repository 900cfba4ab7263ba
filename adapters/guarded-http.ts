import type { Readable } from 'node:stream';
import { type Dispatcher, errors, request } from 'undici';
import { isLoopbackHost, vetPublicUrl } from '#contracts/public-url.ts';
import { AddressNotAllowedError, type GuardedAgent } from './guarded-agent.ts';

const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const DEFAULT_HEADERS_TIMEOUT_MS = 30_000;
const DEFAULT_BODY_IDLE_TIMEOUT_MS = 30_000;
const DEFAULT_POST_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Why a request came to nothing:
 * - `not-allowed`: the URL, or an address behind it, is not of the public internet;
 * - `timeout`: the other side did not connect, answer or go on in time;
 * - `network`: no such host, connection refused or lost, TLS failure, broken HTTP;
 * - `too-many-redirects`: more than five, or one that leads nowhere.
 */
export type GuardedHttpFailure = 'not-allowed' | 'timeout' | 'network' | 'too-many-redirects';

/** Its message is ours alone: nothing that the other side sent, and no resolved address. */
export class GuardedHttpError extends Error {
  override readonly name = 'GuardedHttpError';
  readonly failure: GuardedHttpFailure;

  constructor(failure: GuardedHttpFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.failure = failure;
  }
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type GuardedResponse = {
  status: number;
  headers: ResponseHeaders;
  /** Raw bytes as sent (no content decoding). Read it to the end or destroy it. */
  body: Readable;
};

export type OpenGuardedOptions = {
  agent: GuardedAgent;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  headersTimeoutMs?: number;
  /** Longest silence between two pieces of the body. */
  bodyIdleTimeoutMs?: number;
};

/**
 * GETs a URL from the public internet and follows up to five redirects, each of
 * which is vetted like the first URL.
 *
 * @throws {GuardedHttpError} Where no response came. A response of any status is
 *   returned.
 * @throws The signal's reason, where it was aborted.
 */
export async function openGuarded(
  url: string,
  options: OpenGuardedOptions,
): Promise<GuardedResponse> {
  let current = vetOrThrow(url, options.agent.allowLoopback);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await send(current, {
      method: 'GET',
      // A compressed body would hide its size from whoever caps it.
      headers: { 'accept-encoding': 'identity', ...options.headers },
      dispatcher: options.agent.dispatcher,
      signal: options.signal ?? null,
      headersTimeout: options.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS,
      bodyTimeout: options.bodyIdleTimeoutMs ?? DEFAULT_BODY_IDLE_TIMEOUT_MS,
    });
    const location = response.headers['location'];
    if (!REDIRECT_STATUSES.has(response.statusCode) || typeof location !== 'string') {
      return { status: response.statusCode, headers: response.headers, body: response.body };
    }
    discard(response.body);
    current = vetRedirect(location, current, options.agent);
  }
  throw new GuardedHttpError('too-many-redirects', `more than ${MAX_REDIRECTS} redirects`);
}

export type PostGuardedOptions = {
  agent: GuardedAgent;
  /** For the whole exchange, from name resolution to the last byte of the answer. */
  timeoutMs?: number;
  /** Bytes of the answer that are waited for, and thrown away, to keep the connection. */
  maxResponseBytes?: number;
  signal?: AbortSignal;
};

export type PostOutcome =
  | { outcome: 'answered'; status: number; headers: ResponseHeaders; durationMs: number }
  | { outcome: 'failed'; failure: GuardedHttpFailure; reason: string; durationMs: number };

/**
 * POSTs exactly the given bytes to a URL of the public internet. Follows no
 * redirect (a 3xx is an answer) and keeps nothing of the answer's body. A
 * delivery that fails is an outcome, not an exception, so that every attempt
 * can be recorded alike.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function postGuarded(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
  options: PostGuardedOptions,
): Promise<PostOutcome> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_POST_TIMEOUT_MS;
  const deadline = AbortSignal.timeout(timeoutMs);
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  try {
    const response = await send(vetOrThrow(url, options.agent.allowLoopback), {
      method: 'POST',
      body,
      headers,
      dispatcher: options.agent.dispatcher,
      signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    // The status has arrived, and with it the outcome, whatever becomes of the rest.
    await response.body
      .dump({ limit: options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES })
      .catch(() => undefined);
    options.signal?.throwIfAborted();
    return {
      outcome: 'answered',
      status: response.statusCode,
      headers: response.headers,
      durationMs: durationMs(),
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = deadline.aborted
      ? new GuardedHttpError('timeout', `no complete answer within ${timeoutMs} ms`)
      : error;
    if (!(failure instanceof GuardedHttpError)) {
      throw failure;
    }
    return {
      outcome: 'failed',
      failure: failure.failure,
      reason: failure.message,
      durationMs: durationMs(),
    };
  }
}

type SendOptions = Omit<Dispatcher.RequestOptions<null>, 'origin' | 'path' | 'signal'> & {
  dispatcher: Dispatcher;
  signal: AbortSignal | null;
};

async function send(url: URL, options: SendOptions): Promise<Dispatcher.ResponseData> {
  options.signal?.throwIfAborted();
  try {
    return await request<null>(url, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof errors.InvalidArgumentError) {
      throw error;
    }
    throw toGuardedHttpError(error);
  }
}

function vetOrThrow(text: string, allowLoopbackHttp: boolean): URL {
  const verdict = vetPublicUrl(text, { allowLoopbackHttp });
  if (!verdict.ok) {
    throw new GuardedHttpError('not-allowed', verdict.reason);
  }
  return verdict.url;
}

function vetRedirect(location: string, from: URL, agent: GuardedAgent): URL {
  const target = URL.parse(location, from.href);
  if (target === null) {
    throw new GuardedHttpError('too-many-redirects', 'a redirect leads nowhere');
  }
  // A public server must not lead a laptop's worker to the laptop itself.
  const allowLoopback = agent.allowLoopback && isLoopbackHost(from.hostname);
  return vetOrThrow(target.href, allowLoopback);
}

/**
 * Sorts what undici throws, while connecting or reading, into the failures
 * above. Also for errors of a body's stream.
 */
export function toGuardedHttpError(error: unknown): GuardedHttpError {
  if (error instanceof GuardedHttpError) {
    return error;
  }
  if (error instanceof AddressNotAllowedError) {
    return new GuardedHttpError('not-allowed', error.message, { cause: error });
  }
  if (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    hasCode(error, 'ETIMEDOUT')
  ) {
    return new GuardedHttpError('timeout', 'the server did not answer in time', { cause: error });
  }
  const message = hasCode(error, 'ENOTFOUND')
    ? 'the host name does not resolve'
    : 'the connection failed or was lost';
  return new GuardedHttpError('network', message, { cause: error });
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function discard(body: Readable): void {
  body.on('error', () => undefined).destroy();
}
