import type { Readable } from 'node:stream';

/** One file to be had from a source: `name` in the catalog, and where the source keeps it. */
export type Wanted<Location> = { name: string; location: Location };

/** Takes the bytes of a wanted file; rejects where they are not the expected ones. */
export type Deliver = (name: string, body: Readable) => Promise<void>;

/**
 * Fetches the wanted files of one origin, each delivered once and awaited.
 * Resolves when the origin vouches for everything it delivered (a tarball's
 * integrity is known only at its end), so nothing is kept before that.
 *
 * @throws Error whose message is the reason, fit for a list of reasons
 */
export type FetchFiles<Location> = (
  wanted: readonly Wanted<Location>[],
  deliver: Deliver,
) => Promise<void>;

/** A source that has answered, and not with the file. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** True where the same request may succeed a moment later. */
  readonly transient: boolean;

  constructor(message: string, options: { transient: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.transient = options.transient;
  }
}

const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/** Whether an HTTP status may be another one a moment later. */
export function isTransientStatus(status: number): boolean {
  return status === REQUEST_TIMEOUT || status === TOO_MANY_REQUESTS || status >= SERVER_ERROR;
}

const TRANSIENT_CODES = new Set([
  'EAI_AGAIN',
  'EBADSIZE',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EIDLETIMEOUT',
  'ENETUNREACH',
  'EPIPE',
  'ERESPONSETIMEOUT',
  'ERR_SOCKET_TIMEOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/** Whether it is worth asking the same source again: a broken connection or a busy server. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  if (error instanceof SourceError) {
    return error.transient;
  }
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  return (
    (typeof statusCode === 'number' && isTransientStatus(statusCode)) ||
    (typeof code === 'string' && (TRANSIENT_CODES.has(code) || code.startsWith('UND_ERR_'))) ||
    isTransient(error.cause)
  );
}
