import { ReelscribeError } from '#contracts/errors.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from '../../decode/untrusted-input.ts';
import { displayFilters } from './display-filters.ts';
import { frameLogReader, type LoggedFrame } from './frame-log.ts';
import { untrustedPictureArgs } from './picture-input.ts';
import type { VideoFacts } from './probe-video.ts';
import { type DecodeRun, selectExpression } from './run-plan.ts';
import { startStreamProcess } from './stream-process.ts';
import { requireBlameless } from './tool-failure.ts';

const MIN_TIMEOUT_SECONDS = 60;
/** Software decoding of 8K video on two cores; slower than this is not honest media. */
const TIMEOUT_SECONDS_PER_MEDIA_SECOND = 10;

/** Larger than any frame of an accepted video, stretched to square pixels. */
const MAX_FRAME_PIXELS = 4 * 8_192 * 8_192;

/** Containers that list their keyframes, so that a seek finds the one it is meant to. */
const INDEXED_CONTAINER = /^(?:mov|matroska|avi)\b/;
/** Elsewhere a seek lands somewhere near, and must not land after the keyframe. */
const SEEK_MARGIN_SECONDS = 1;

export type Hardware = 'cuda';

/** A picture of the video as it is meant to be seen: upright, in square pixels. */
export type DecodedFrame = {
  /** Its exact presentation time in seconds from the start of the media. */
  time: number;
  /** In pixels. */
  width: number;
  height: number;
  /** Rows from the top, 3 bytes a pixel, no padding. */
  rgb: Uint8Array;
};

export type DecodeRunOptions = {
  /** Path of the ffmpeg program. */
  ffmpeg: string;
  /** Scales frames down to this longest side in pixels; full size if not given. */
  maxEdge?: number;
  threads: number;
  /** Waiting for one ffmpeg process, in all; a minute and ten times the length of the media if not given. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
};

/**
 * The frames of one run, as fast as they are taken.
 *
 * @param acceleration shared by the runs of a video: where hardware gives no frame,
 *   software tries, and goes on doing so
 * @throws {ReelscribeError} DECODE_TIMEOUT, FFMPEG_NOT_FOUND; damage in the media
 *   is no error, it gives fewer frames or none.
 * @throws The signal's reason, where it was aborted.
 */
export async function* decodeRun(
  path: string,
  facts: VideoFacts,
  run: DecodeRun,
  options: DecodeRunOptions,
  acceleration: { hardware: Hardware | undefined },
): AsyncGenerator<DecodedFrame, void, undefined> {
  if (acceleration.hardware !== undefined) {
    let isDecoding = false;
    for await (const frame of runFfmpeg(path, facts, run, options, acceleration.hardware)) {
      isDecoding = true;
      yield frame;
    }
    if (isDecoding) {
      return;
    }
    acceleration.hardware = undefined;
  }
  yield* runFfmpeg(path, facts, run, options, undefined);
}

async function* runFfmpeg(
  path: string,
  facts: VideoFacts,
  run: DecodeRun,
  options: DecodeRunOptions,
  hardware: Hardware | undefined,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const mediaSeconds = facts.durationSeconds ?? 0;
  const logged: LoggedFrame[] = [];
  const readLog = frameLogReader();
  await using ffmpeg = startStreamProcess(
    options.ffmpeg,
    ffmpegArgs(path, facts, run, options, hardware),
    {
      timeoutMs:
        options.timeoutMs ??
        (MIN_TIMEOUT_SECONDS + mediaSeconds * TIMEOUT_SECONDS_PER_MEDIA_SECOND) * 1_000,
      // CUDA reserves far more addresses than it uses memory, and does not start under a limit.
      maxMemoryBytes: hardware === undefined ? MAX_MEMORY_BYTES : undefined,
      signal: options.signal,
      onStderrLine: (line) => {
        const frame = readLog(line);
        if (frame !== null) {
          logged.push(frame);
        }
      },
    },
  );
  while (await ffmpeg.until(() => logged.length > 0)) {
    const { time, width, height } = logged.shift()!;
    if (width * height > MAX_FRAME_PIXELS) {
      throw new ReelscribeError('UNSUPPORTED_MEDIA', 'the video changes to a size too large');
    }
    const rgb = await ffmpeg.read(width * height * 3);
    if (rgb === null) {
      break;
    }
    yield { time, width, height, rgb };
  }
  try {
    await ffmpeg.ended();
  } catch (error) {
    // What could be decoded was given; the caller sees whether that was anything.
    requireBlameless(error);
  }
}

function ffmpegArgs(
  path: string,
  facts: VideoFacts,
  run: DecodeRun,
  options: DecodeRunOptions,
  hardware: Hardware | undefined,
): string[] {
  const marginSeconds = INDEXED_CONTAINER.test(facts.container) ? 0 : SEEK_MARGIN_SECONDS;
  const seekSeconds = (run.seekSeconds ?? 0) - marginSeconds;
  const seekArgs =
    seekSeconds <= 0
      ? []
      : // From the keyframe on; the filter drops what comes before the threshold, by the
        // same rule as without seeking. Rounded up, or the keyframe before would be found.
        ['-noaccurate_seek', '-ss', (Math.ceil(seekSeconds * 1e6) / 1e6).toFixed(6)];
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info'],
    ...['-filter_threads', '1', '-threads', String(options.threads)],
    ...(hardware === undefined ? [] : ['-hwaccel', hardware]),
    // Timestamps as the file has them, counted from its start: seeking must not move them.
    ...(facts.isStill ? [] : ['-copyts', '-start_at_zero']),
    ...seekArgs,
    ...(facts.isStill ? untrustedPictureArgs(path) : untrustedInputArgs(path)),
    ...['-map', `0:${facts.index}`, '-an', '-sn', '-dn', '-map_metadata', '-1'],
    '-vf',
    `select='${selectExpression(run.thresholds)}',${displayFilters(options.maxEdge ?? null)}`,
    // One frame in, one frame out: none is doubled or dropped to keep a rate.
    ...['-fps_mode', 'passthrough', '-frames:v', String(run.thresholds.length)],
    ...['-c:v', 'rawvideo', '-f', 'rawvideo', 'pipe:1'],
  ];
}
