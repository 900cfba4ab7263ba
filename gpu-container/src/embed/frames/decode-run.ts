import { ReelscribeError } from '#contracts/errors.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from '../../decode/untrusted-input.ts';
import { displayFilters } from './display-filters.ts';
import { frameLogReader, type LoggedFrame } from './frame-log.ts';
import { type Hardware, softwareLayoutFilter, suitsHardware } from './hardware-decode.ts';
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

/** Less than lies between two frames, more than rounding of a time amounts to. */
const SAME_FRAME_SECONDS = 2e-3;
/** Past the last frame wanted, reading ends: a decoder would go on till it is stopped. */
const END_MARGIN_SECONDS = 1e-3;

type Acceleration = { hardware: Hardware | undefined };

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
  /** Pixels that a run decodes at least where hardware does it; about a second's work of a core if not given. */
  worthwhilePixels?: number;
};

/**
 * The frames of one run, as fast as they are taken. Where it is known which they
 * are, nothing else is decoded, as far as that can be said to ffmpeg; and where
 * others came, for damage or a decoder that understands it differently, the rest of
 * the run is decoded whole.
 *
 * @param acceleration shared by the runs of a video: where hardware gives fewer frames
 *   than are wanted, software tries to give the others, and all from there on
 * @throws {ReelscribeError} DECODE_TIMEOUT, FFMPEG_NOT_FOUND; damage in the media
 *   is no error, it gives fewer frames or none.
 * @throws The signal's reason, where it was aborted.
 */
export async function* decodeRun(
  path: string,
  facts: VideoFacts,
  run: DecodeRun,
  options: DecodeRunOptions,
  acceleration: Acceleration,
): AsyncGenerator<DecodedFrame, void, undefined> {
  let given = 0;
  if (run.times !== null) {
    for await (const frame of decodeOnDevice(path, facts, run, options, acceleration)) {
      if (!(Math.abs(frame.time - run.times[given]!) < SAME_FRAME_SECONDS)) {
        break;
      }
      given += 1;
      yield frame;
    }
  }
  if (given < run.thresholds.length) {
    const thresholds = run.thresholds.slice(given);
    const whole: DecodeRun = { ...run, thresholds, times: null, skips: 'none' };
    yield* decodeOnDevice(path, facts, whole, options, acceleration);
  }
}

async function* decodeOnDevice(
  path: string,
  facts: VideoFacts,
  run: DecodeRun,
  options: DecodeRunOptions,
  acceleration: Acceleration,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const { hardware } = acceleration;
  if (hardware === undefined || !suitsHardware(facts, run, options.worthwhilePixels)) {
    yield* runFfmpeg(path, facts, run, options, undefined);
    return;
  }
  let left: DecodeRun = run;
  for await (const frame of runFfmpeg(path, facts, run, options, hardware)) {
    left = after(frame, left);
    yield frame;
  }
  if (left.thresholds.length > 0) {
    acceleration.hardware = undefined;
    yield* runFfmpeg(path, facts, left, options, undefined);
  }
}

/** What a run has still to give: a frame may be the first after several thresholds. */
function after({ time }: DecodedFrame, run: DecodeRun): DecodeRun {
  const thresholds = run.thresholds.filter((threshold) => threshold > time);
  const given = run.thresholds.length - thresholds.length;
  return { ...run, thresholds, times: run.times?.slice(given) ?? null };
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
  const { index, isStill } = facts;
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info'],
    ...['-filter_threads', '1', '-threads', String(options.threads)],
    ...(hardware === undefined ? [] : ['-hwaccel', hardware]),
    // Timestamps as the file has them, counted from its start: seeking must not move them.
    ...(isStill ? [] : ['-copyts', '-start_at_zero']),
    ...(isStill ? [] : spanArgs(facts, run)),
    ...(run.skips === 'none' ? [] : ['-skip_frame', run.skips]),
    ...(isStill ? untrustedPictureArgs(path) : untrustedInputArgs(path)),
    ...['-map', `0:${index}`, '-an', '-sn', '-dn', '-map_metadata', '-1'],
    '-vf',
    [
      `select='${selectExpression(run.thresholds)}'`,
      ...(hardware === undefined ? [] : [softwareLayoutFilter(facts)]),
      displayFilters(options.maxEdge ?? null),
    ].join(','),
    // One frame in, one frame out: none is doubled or dropped to keep a rate.
    ...['-fps_mode', 'passthrough', '-frames:v', String(run.thresholds.length)],
    ...['-c:v', 'rawvideo', '-f', 'rawvideo', 'pipe:1'],
  ];
}

/**
 * From the keyframe on, whether it is wanted or not: the filter drops what comes
 * before a threshold, by the same rule as without seeking. And no further than the
 * last frame, where it is known: decoding would go on until ffmpeg saw that it has
 * all. ffmpeg counts that span in packets from where it was asked to seek to, and
 * in frames from the first one.
 */
function spanArgs({ container }: VideoFacts, { seek, times }: DecodeRun): string[] {
  const isIndexed = INDEXED_CONTAINER.test(container);
  const aimSeconds = (seek?.aimSeconds ?? 0) - (isIndexed ? 0 : SEEK_MARGIN_SECONDS);
  const lastSeconds = times?.at(-1);
  return [
    ...(aimSeconds <= 0 ? [] : ['-noaccurate_seek', '-ss', aimSeconds.toFixed(6)]),
    ...(lastSeconds === undefined || !isIndexed
      ? []
      : ['-t', (lastSeconds - (seek?.keyframeSeconds ?? 0) + END_MARGIN_SECONDS).toFixed(6)]),
  ];
}
