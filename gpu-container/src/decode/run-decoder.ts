import { ReelscribeError } from '#contracts/errors.ts';
import { SAMPLE_RATE } from './pcm.ts';
import type { MediaFacts } from './probe.ts';
import { ProcessError, runProcess } from './run-process.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from './untrusted-input.ts';

const BYTES_PER_SECOND = SAMPLE_RATE * Float32Array.BYTES_PER_ELEMENT;
const PROGRESS_INTERVAL_SECONDS = 0.5;
const DECODER_THREADS = 2;
/** Decoding audio runs at hundreds of times real time; slower than real time is not honest media. */
const MIN_TIMEOUT_SECONDS = 60;

/** What ffmpeg logs, with its level in front, where it could not read or decode a piece. */
const DAMAGE = /\[(?:error|fatal|panic)\]|corrupt/i;

export type DecodeOptions = {
  /** Path of the ffmpeg program. */
  ffmpeg: string;
  /** An existing folder of this job alone; an hour of a channel takes 230 MB in it. */
  scratchDir: string;
  /** Longest media that is accepted. */
  maxSeconds: number;
  /** Only so much of the beginning is wanted. */
  firstSeconds?: number;
  /** One minute and the length of the media, if not given. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Is told how many seconds of the media are decoded. */
  onProgress?: (mediaSeconds: number) => void;
};

/** What ffmpeg is to make of the input: mono sound at 16 kHz, one file each. */
export type DecodePlan = {
  /** The filters between input and outputs. */
  filterArgs: readonly string[];
  outputs: readonly { path: string; mapArgs: readonly string[] }[];
};

/**
 * Writes the samples of each output as little-endian 32-bit floats.
 *
 * @returns whether something on the way was damaged
 * @throws {ReelscribeError} DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function runDecoder(
  path: string,
  plan: DecodePlan,
  facts: MediaFacts,
  options: DecodeOptions,
): Promise<boolean> {
  // One second more than allowed, so that too long can be told from just long enough.
  const wantedSeconds = options.firstSeconds ?? Number.POSITIVE_INFINITY;
  const maxSeconds = Math.min(options.maxSeconds + 1, wantedSeconds);
  const expectedSeconds = facts.durationIsEstimate ? null : facts.durationSeconds;
  const workSeconds = Math.min(expectedSeconds ?? options.maxSeconds, wantedSeconds);
  const timeoutMs = options.timeoutMs ?? (MIN_TIMEOUT_SECONDS + workSeconds) * 1_000;
  let isDamaged = false;
  const args = [
    ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+warning'],
    ...['-progress', 'pipe:1', '-stats_period', String(PROGRESS_INTERVAL_SECONDS)],
    ...['-filter_threads', '1', '-filter_complex_threads', '1'],
    ...['-threads', String(DECODER_THREADS)],
    ...untrustedInputArgs(path),
    ...plan.filterArgs,
    ...plan.outputs.flatMap((output) => [
      ...[...output.mapArgs, '-vn', '-sn', '-dn', '-map_metadata', '-1'],
      ...['-ac', '1', '-ar', String(SAMPLE_RATE)],
      ...['-t', String(maxSeconds), '-fs', String(maxSeconds * BYTES_PER_SECOND)],
      ...['-c:a', 'pcm_f32le', '-f', 'f32le', '-y', `file:${output.path}`],
    ]),
  ];
  try {
    await runProcess(options.ffmpeg, args, {
      timeoutMs,
      signal: options.signal,
      maxMemoryBytes: MAX_MEMORY_BYTES,
      onStdoutLine: (line) => {
        const mediaSeconds = parseProgress(line);
        if (mediaSeconds !== null) {
          options.onProgress?.(mediaSeconds);
        }
      },
      onStderrLine: (line) => {
        isDamaged ||= DAMAGE.test(line);
      },
    });
    return isDamaged;
  } catch (error) {
    if (!(error instanceof ProcessError)) {
      throw error;
    }
    throwUnlessMediaIsToBlame(error);
    return true;
  }
}

/** The signals that come from someone else: the kernel short of memory, or whoever stops the machine. */
const KILLED_FROM_OUTSIDE: ReadonlySet<string | null> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT']);

function throwUnlessMediaIsToBlame(error: ProcessError): void {
  if (error.timedOut) {
    throw new ReelscribeError('DECODE_TIMEOUT', 'the media could not be decoded in time', {
      cause: error,
    });
  }
  if (error.exitCode === null && error.signal === null) {
    throw new ReelscribeError('FFMPEG_NOT_FOUND', 'ffmpeg could not be started', { cause: error });
  }
  if (KILLED_FROM_OUTSIDE.has(error.signal)) {
    throw new Error('ffmpeg was killed', { cause: error });
  }
  // Else a full disk would pass for media that ends early.
  if (error.stderrTail.includes('No space left on device')) {
    throw new Error('the scratch disk is full', { cause: error });
  }
}

/** Seconds done, from a line of `-progress` that tells them; null for any other line. */
function parseProgress(line: string): number | null {
  const microseconds = /^out_time_us=(\d+)$/.exec(line)?.[1];
  return microseconds === undefined ? null : Number(microseconds) / 1_000_000;
}
