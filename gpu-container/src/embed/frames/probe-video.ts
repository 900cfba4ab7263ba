import { z } from 'zod';
import { ReelscribeError } from '#contracts/errors.ts';
import { ProcessError, runProcess } from '../../decode/run-process.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from '../../decode/untrusted-input.ts';
import { untrustedPictureArgs } from './picture-input.ts';
import { requireBlameless } from './tool-failure.ts';

const PROBE_TIMEOUT_MS = 60_000;
const UNKNOWN_CODEC = 'unknown';

/** A frame of 8192 × 8192 takes 200 MB as RGB; larger is no honest video. */
const MAX_PIXELS = 8_192 * 8_192;

const SHOWN_ENTRIES = [
  'format=format_name,start_time,duration',
  'stream=index,codec_type,codec_name,width,height,pix_fmt,time_base,avg_frame_rate,duration',
  'stream_disposition=attached_pic',
].join(':');

/** What is needed to sample a video, known before anything is decoded. */
export type VideoFacts = {
  /** Position of the video among all streams of the file. */
  index: number;
  codec: string;
  /** ffmpeg's name of the container, e.g. `matroska,webm`. */
  container: string;
  pixelFormat: string;
  /** As coded: before rotation, and in pixels that need not be square. */
  width: number;
  height: number;
  /** True for a png, jpg or webp file: one frame at 0 s. */
  isStill: boolean;
  /** Where the media begins on its own clock; every other time counts from there. */
  startSeconds: number;
  /** Of one tick of a packet's timestamp. */
  timeBaseSeconds: number;
  /** Null where the file does not say, or only a guess from its bit rate could. */
  durationSeconds: number | null;
  /** Average frames per second; null where the file does not say. */
  frameRate: number | null;
};

const secondsSchema = z.coerce.number().optional().catch(undefined);

const streamSchema = z.object({
  index: z.number().int().nonnegative(),
  codec_type: z.string().optional(),
  codec_name: z.string().default(UNKNOWN_CODEC),
  width: z.number().default(0),
  height: z.number().default(0),
  pix_fmt: z.string().default('unknown'),
  time_base: z.string().default('0/0'),
  avg_frame_rate: z.string().default('0/0'),
  duration: secondsSchema,
  disposition: z.object({ attached_pic: z.number().default(0) }).default({ attached_pic: 0 }),
});

const probeSchema = z.object({
  format: z.object({
    format_name: z.string(),
    start_time: secondsSchema,
    duration: secondsSchema,
  }),
  streams: z.array(streamSchema).default([]),
});

/**
 * Reads what sampling needs to know of a local video or picture. Of several
 * video streams the first that ffprobe knows the codec of is taken; cover art is
 * not video.
 *
 * @throws {ReelscribeError} NO_VIDEO_STREAM, UNSUPPORTED_MEDIA (no media, a codec
 *   that is not known, or larger than 8192 × 8192), MEDIA_CORRUPT, DECODE_TIMEOUT,
 *   FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function probeVideo(
  path: string,
  options: { ffprobe: string; signal?: AbortSignal | undefined },
): Promise<VideoFacts> {
  const asVideo = await runProbe(untrustedInputArgs(path), options);
  const isStill = asVideo instanceof ProcessError;
  const output = isStill ? await runProbe(untrustedPictureArgs(path), options) : asVideo;
  if (output instanceof ProcessError) {
    throw unreadable(isStill ? asVideo : output);
  }
  const parsed = probeSchema.safeParse(JSON.parse(output.stdout));
  if (!parsed.success) {
    throw new ReelscribeError('UNSUPPORTED_MEDIA', 'ffprobe could not describe the input', {
      cause: parsed.error,
    });
  }
  const facts = toFacts(parsed.data, isStill);
  if (output.stderrTail.includes('Estimating duration from bitrate')) {
    facts.durationSeconds = null;
  }
  return facts;
}

async function runProbe(
  inputArgs: readonly string[],
  { ffprobe, signal }: { ffprobe: string; signal?: AbortSignal | undefined },
): Promise<{ stdout: string; stderrTail: string } | ProcessError> {
  const args = [
    ...['-hide_banner', '-loglevel', 'warning', '-print_format', 'json'],
    ...['-show_entries', SHOWN_ENTRIES, ...inputArgs],
  ];
  try {
    return await runProcess(ffprobe, args, {
      timeoutMs: PROBE_TIMEOUT_MS,
      signal,
      maxMemoryBytes: MAX_MEMORY_BYTES,
    });
  } catch (error) {
    requireBlameless(error);
    return error;
  }
}

function unreadable(error: ProcessError): ReelscribeError {
  if (error.stderrTail.includes('moov atom not found')) {
    return new ReelscribeError('MEDIA_CORRUPT', 'the file ends before its index (moov atom)', {
      cause: error,
    });
  }
  return error.signal === null
    ? new ReelscribeError('UNSUPPORTED_MEDIA', 'the input is neither a video nor a picture', {
        cause: error,
      })
    : new ReelscribeError('MEDIA_CORRUPT', 'the input made ffprobe crash', { cause: error });
}

function toFacts({ format, streams }: z.infer<typeof probeSchema>, isStill: boolean): VideoFacts {
  const videos = streams.filter(
    ({ codec_type, disposition }) => codec_type === 'video' && disposition.attached_pic === 0,
  );
  const stream = videos.find(({ codec_name }) => codec_name !== UNKNOWN_CODEC);
  if (stream === undefined) {
    throw videos.length === 0
      ? new ReelscribeError('NO_VIDEO_STREAM', 'the media has no video stream')
      : new ReelscribeError('UNSUPPORTED_MEDIA', 'the codec of the video is not known');
  }
  if (stream.width === 0 || stream.height === 0) {
    throw new ReelscribeError('MEDIA_CORRUPT', 'the video has no size, so no picture can be in it');
  }
  if (stream.width * stream.height > MAX_PIXELS) {
    throw new ReelscribeError(
      'UNSUPPORTED_MEDIA',
      `the video is ${stream.width} × ${stream.height}, and the limit is ${MAX_PIXELS} pixels`,
      { hint: 'Scale it down first.' },
    );
  }
  const duration = stream.duration ?? format.duration ?? null;
  return {
    index: stream.index,
    codec: stream.codec_name,
    container: format.format_name,
    pixelFormat: stream.pix_fmt,
    width: stream.width,
    height: stream.height,
    isStill,
    startSeconds: isStill ? 0 : (format.start_time ?? 0),
    timeBaseSeconds: parseRatio(stream.time_base) ?? 1,
    durationSeconds: isStill || (duration !== null && duration < 0) ? 0 : duration,
    frameRate: isStill ? null : parseRatio(stream.avg_frame_rate),
  };
}

/** A ratio as ffprobe writes it, such as `30000/1001`; `0/0` says that there is none. */
function parseRatio(ratio: string): number | null {
  const [numerator = 0, denominator = 0] = ratio.split('/').map(Number);
  return numerator > 0 && denominator > 0 ? numerator / denominator : null;
}
