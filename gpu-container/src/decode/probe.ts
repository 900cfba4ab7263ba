import { z } from 'zod';
import { ReelscribeError } from '#contracts/errors.ts';
import { ProcessError, type ProcessOutput, runProcess } from './run-process.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from './untrusted-input.ts';

const PROBE_TIMEOUT_MS = 60_000;
const UNKNOWN_CODEC = 'unknown';

const SHOWN_ENTRIES = [
  'format=format_name,duration',
  'stream=index,codec_type,codec_name,channels,sample_rate,width,height,avg_frame_rate,duration',
  'stream_disposition=attached_pic',
].join(':');

export type AudioStream = {
  /** Position among all streams of the file. */
  index: number;
  codec: string;
  channels: number;
  /** In Hz. */
  sampleRate: number;
  durationSeconds: number | null;
};

type VideoStream = {
  index: number;
  codec: string;
  width: number;
  height: number;
  /** Average frames per second, null where the file does not say. */
  frameRate: number | null;
  durationSeconds: number | null;
};

/** What ffprobe tells about a media file without decoding it. */
export type MediaFacts = {
  /** ffmpeg's name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  durationSeconds: number | null;
  /** True where the duration was derived from size and bit rate, and may be far off. */
  durationIsEstimate: boolean;
  audio: AudioStream[];
  /** Moving pictures only; cover art is left out. */
  video: VideoStream[];
};

const durationSchema = z.coerce.number().nonnegative().optional().catch(undefined);

const streamSchema = z.object({
  index: z.number().int().nonnegative(),
  codec_type: z.string().optional(),
  codec_name: z.string().default(UNKNOWN_CODEC),
  channels: z.number().default(0),
  sample_rate: z.coerce.number().default(0),
  width: z.number().default(0),
  height: z.number().default(0),
  avg_frame_rate: z.string().default('0/0'),
  duration: durationSchema,
  disposition: z.object({ attached_pic: z.number().default(0) }).default({ attached_pic: 0 }),
});

const probeSchema = z.object({
  format: z.object({ format_name: z.string(), duration: durationSchema }),
  streams: z.array(streamSchema).default([]),
});

export type ProbeOptions = {
  /** Path of the ffprobe program. */
  ffprobe: string;
  /** Longest media that is accepted. */
  maxSeconds: number;
  signal?: AbortSignal | undefined;
};

/**
 * Reads container, duration and streams of a local file.
 *
 * @throws {ReelscribeError} UNSUPPORTED_MEDIA, MEDIA_CORRUPT, MEDIA_TOO_LONG,
 *   DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function probeMedia(path: string, options: ProbeOptions): Promise<MediaFacts> {
  const output = await runProbe(path, options);
  const parsed = probeSchema.safeParse(JSON.parse(output.stdout));
  if (!parsed.success) {
    throw new ReelscribeError('UNSUPPORTED_MEDIA', 'ffprobe could not describe the input', {
      cause: parsed.error,
    });
  }
  const facts = toFacts(parsed.data, output.stderrTail);
  if (facts.audio.length === 0 && facts.video.length === 0) {
    throw new ReelscribeError('UNSUPPORTED_MEDIA', 'the input has neither audio nor video');
  }
  const { durationSeconds, durationIsEstimate } = facts;
  // An estimate is no ground to refuse; the decoder stops at the limit anyway.
  if (durationSeconds !== null && !durationIsEstimate && durationSeconds > options.maxSeconds) {
    throw mediaTooLong(durationSeconds, options.maxSeconds);
  }
  return facts;
}

/**
 * The stream to transcribe: the first whose codec is known.
 *
 * @throws {ReelscribeError} NO_AUDIO_STREAM.
 */
export function requireAudio(facts: MediaFacts): AudioStream {
  const stream = facts.audio.find(({ codec }) => codec !== UNKNOWN_CODEC) ?? facts.audio[0];
  if (stream === undefined) {
    throw new ReelscribeError('NO_AUDIO_STREAM', 'the media has pictures and no audio stream');
  }
  return stream;
}

export function mediaTooLong(seconds: number, maxSeconds: number): ReelscribeError {
  return new ReelscribeError(
    'MEDIA_TOO_LONG',
    `the media is at least ${Math.round(seconds)} s long and the limit is ${maxSeconds} s`,
  );
}

async function runProbe(path: string, options: ProbeOptions): Promise<ProcessOutput> {
  const args = [
    '-hide_banner',
    '-loglevel',
    'warning',
    '-print_format',
    'json',
    '-show_entries',
    SHOWN_ENTRIES,
    ...untrustedInputArgs(path),
  ];
  try {
    return await runProcess(options.ffprobe, args, {
      timeoutMs: PROBE_TIMEOUT_MS,
      signal: options.signal,
      maxMemoryBytes: MAX_MEMORY_BYTES,
    });
  } catch (error) {
    throw error instanceof ProcessError ? toProbeError(error) : error;
  }
}

function toProbeError(error: ProcessError): ReelscribeError {
  if (error.timedOut) {
    return new ReelscribeError('DECODE_TIMEOUT', 'the media could not be examined in time', {
      cause: error,
    });
  }
  if (error.exitCode === null && error.signal === null) {
    return new ReelscribeError('FFMPEG_NOT_FOUND', 'ffprobe could not be started', {
      cause: error,
    });
  }
  if (error.stderrTail.includes('moov atom not found')) {
    return new ReelscribeError('MEDIA_CORRUPT', 'the file ends before its index (moov atom)', {
      cause: error,
    });
  }
  return error.signal === null
    ? new ReelscribeError('UNSUPPORTED_MEDIA', 'the input cannot be read as media', {
        cause: error,
      })
    : new ReelscribeError('MEDIA_CORRUPT', 'the input made ffprobe crash', { cause: error });
}

function toFacts(probe: z.infer<typeof probeSchema>, log: string): MediaFacts {
  const ofType = (type: string) =>
    probe.streams.filter(
      ({ codec_type, disposition }) => codec_type === type && disposition.attached_pic === 0,
    );
  return {
    container: probe.format.format_name,
    durationSeconds: probe.format.duration ?? null,
    durationIsEstimate: log.includes('Estimating duration from bitrate'),
    audio: ofType('audio').map((stream) => ({
      index: stream.index,
      codec: stream.codec_name,
      channels: stream.channels,
      sampleRate: stream.sample_rate,
      durationSeconds: stream.duration ?? null,
    })),
    video: ofType('video').map((stream) => ({
      index: stream.index,
      codec: stream.codec_name,
      width: stream.width,
      height: stream.height,
      frameRate: parseRate(stream.avg_frame_rate),
      durationSeconds: stream.duration ?? null,
    })),
  };
}

/** A ratio as ffprobe writes it, such as `30000/1001`; `0/0` says that there is none. */
function parseRate(ratio: string): number | null {
  const [numerator = 0, denominator = 0] = ratio.split('/').map(Number);
  return numerator > 0 && denominator > 0 ? numerator / denominator : null;
}
