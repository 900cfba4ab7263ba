import { ReelscribeError } from '#contracts/errors.ts';
import { ProcessError } from '../../decode/run-process.ts';

/** The signals that come from someone else: the kernel short of memory, or whoever stops the machine. */
const KILLED_FROM_OUTSIDE: ReadonlySet<string | null> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT']);

/**
 * Throws what ended ffmpeg or ffprobe, unless that is damage in the media; what
 * they wrote on stderr stays in the cause, and so out of what a user sees.
 *
 * @throws {ReelscribeError} DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 */
export function requireBlameless(error: unknown): asserts error is ProcessError {
  if (!(error instanceof ProcessError)) {
    throw error;
  }
  if (error.timedOut) {
    throw new ReelscribeError('DECODE_TIMEOUT', 'the video could not be decoded in time', {
      cause: error,
    });
  }
  if (error.exitCode === null && error.signal === null) {
    throw new ReelscribeError('FFMPEG_NOT_FOUND', 'ffmpeg could not be started', { cause: error });
  }
  if (KILLED_FROM_OUTSIDE.has(error.signal)) {
    throw new Error('ffmpeg was killed', { cause: error });
  }
}
