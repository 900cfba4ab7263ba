import { ReelscribeError } from '#contracts/errors.ts';
import {
  type DecodedFrame,
  type DecodeRunOptions,
  decodeRun,
  type Hardware,
} from './decode-run.ts';
import type { FrameIndex } from './frame-index.ts';
import type { VideoFacts } from './probe-video.ts';
import { type DecodeRun, frameThresholds, planRuns, type SeekStrategy } from './run-plan.ts';

/** A short run is decoded by one thread: two such beside each other use two cores better. */
const DEFAULT_CONCURRENCY = 2;
const DEFAULT_THREADS = 2;

/** A frame, and the time in seconds that it was asked for. */
export type VideoFrame = DecodedFrame & { requestedTime: number };

export type ExtractOptions = Omit<DecodeRunOptions, 'threads'> & {
  /** CUDA where it can decode the video; software where it cannot. */
  hardware?: Hardware;
  strategy?: SeekStrategy;
  /** ffmpeg processes at a time. */
  concurrency?: number;
  /** Decoding threads over all processes. */
  threads?: number;
};

/**
 * Gives the frame shown at each time, in the order of the times, one by one as
 * they are read: what is not taken is not decoded further than a frame ahead.
 *
 * There is one frame for every time. Times at which the same frame is shown give
 * the same `rgb` again, not a copy; so do a time after the end, which gives the
 * last frame, and one whose own frame is damaged, which gives the next frame that
 * could be decoded, or else the one before. `time` tells which it was.
 *
 * @param times seconds from the start of the media, ascending
 * @param index from readFrameIndex; without it the video is decoded from its
 *   start, and a time gives the first frame at or after it, less half a frame
 * @throws {ReelscribeError} MEDIA_CORRUPT (no frame could be decoded),
 *   DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function* extractFrames(
  path: string,
  facts: VideoFacts,
  index: FrameIndex | null,
  times: readonly number[],
  options: ExtractOptions,
): AsyncGenerator<VideoFrame, void, undefined> {
  const thresholds = frameThresholds(times, index, facts.frameRate);
  const runs =
    index === null
      ? [{ seekSeconds: null, thresholds: [...new Set(thresholds)] }]
      : planRuns(times, index, facts.width * facts.height, options.strategy);
  let served = 0;
  let last: DecodedFrame | undefined;
  for await (const frame of decodeRuns(path, facts, runs, options)) {
    last = frame;
    while (served < times.length && thresholds[served]! <= frame.time) {
      yield { ...frame, requestedTime: times[served]! };
      served += 1;
    }
  }
  if (last === undefined && times.length > 0) {
    throw new ReelscribeError('MEDIA_CORRUPT', 'no picture of the video could be decoded');
  }
  for (; last !== undefined && served < times.length; served += 1) {
    yield { ...last, requestedTime: times[served]! };
  }
}

/** Does the runs beside each other, each at most one frame ahead, and gives their frames in order. */
async function* decodeRuns(
  path: string,
  facts: VideoFacts,
  runs: readonly DecodeRun[],
  options: ExtractOptions,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const concurrency = Math.min(options.concurrency ?? DEFAULT_CONCURRENCY, runs.length);
  const threads = Math.max(1, Math.floor((options.threads ?? DEFAULT_THREADS) / concurrency));
  const stopped = new AbortController();
  const signal = AbortSignal.any([stopped.signal, ...(options.signal ? [options.signal] : [])]);
  const acceleration = { hardware: options.hardware };
  const waiting = [...runs];
  const started: {
    frames: AsyncGenerator<DecodedFrame>;
    first: Promise<IteratorResult<DecodedFrame>>;
  }[] = [];
  const startNext = () => {
    const run = waiting.shift();
    if (run !== undefined) {
      const frames = decodeRun(path, facts, run, { ...options, threads, signal }, acceleration);
      const first = frames.next();
      // It is awaited below, perhaps only after it has failed.
      first.catch(() => undefined);
      started.push({ frames, first });
    }
  };
  try {
    for (let i = 0; i < concurrency; i += 1) {
      startNext();
    }
    for (let run = started[0]; run !== undefined; run = started[0]) {
      for (let next = await run.first; !next.done; next = await run.frames.next()) {
        yield next.value;
      }
      started.shift();
      startNext();
    }
  } finally {
    stopped.abort();
    await Promise.allSettled(started.map(({ frames }) => frames.return(undefined)));
  }
}
