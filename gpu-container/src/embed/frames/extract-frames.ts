import { ReelscribeError } from '#contracts/errors.ts';
import { type DecodedFrame, type DecodeRunOptions, decodeRun } from './decode-run.ts';
import type { FrameIndex } from './frame-index.ts';
import { type Hardware, offersHardware } from './hardware-decode.ts';
import type { VideoFacts } from './probe-video.ts';
import { readAhead } from './read-ahead.ts';
import {
  blindRun,
  type DecodeRun,
  frameThresholds,
  planRuns,
  type SeekStrategy,
} from './run-plan.ts';

/** A short run is decoded by one thread: two such beside each other use two cores better. */
const DEFAULT_CONCURRENCY = 2;
const DEFAULT_THREADS = 2;

/** Of frames that a run may have ready before they are taken. */
const READ_AHEAD_BYTES = 64 * 1024 * 1024;

/** A frame, and the time in seconds that it was asked for. */
export type VideoFrame = DecodedFrame & { requestedTime: number };

export type ExtractOptions = Omit<DecodeRunOptions, 'threads'> & {
  /** CUDA where ffmpeg has it, it can decode the video, and is worth starting; software elsewhere. */
  hardware?: Hardware;
  strategy?: SeekStrategy;
  /** ffmpeg processes at a time. */
  concurrency?: number;
  /** Decoding threads over all processes. */
  threads?: number;
};

/**
 * Gives the frame shown at each time, in the order of the times, one by one as
 * they are read: what is not taken is decoded ahead up to 64 MiB for each of a few
 * runs, and no further.
 *
 * There is one frame for every time. Times at which the same frame is shown give
 * the same `rgb` again, not a copy; so do a time after the end, which gives the
 * last frame, and one whose own frame is damaged, which gives the next frame that
 * could be decoded, or else the one before. `time` tells which it was.
 *
 * @param times seconds from the start of the media, ascending; those of
 *   cheapestTimes where any frame about the time will do
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
      ? [blindRun(thresholds)]
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

/** Does the runs beside each other, and gives their frames in order. */
async function* decodeRuns(
  path: string,
  facts: VideoFacts,
  runs: readonly DecodeRun[],
  options: ExtractOptions,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const concurrency = Math.min(options.concurrency ?? DEFAULT_CONCURRENCY, runs.length);
  const threads = Math.max(1, Math.floor((options.threads ?? DEFAULT_THREADS) / concurrency));
  const depth = Math.max(1, Math.floor(READ_AHEAD_BYTES / (facts.width * facts.height * 3)));
  const stopped = new AbortController();
  const signal = AbortSignal.any([stopped.signal, ...(options.signal ? [options.signal] : [])]);
  const { ffmpeg, hardware } = options;
  const isOffered = hardware !== undefined && (await offersHardware(ffmpeg, hardware));
  const acceleration = { hardware: isOffered ? hardware : undefined };
  const waiting = [...runs];
  const started: { source: AsyncGenerator<DecodedFrame>; frames: AsyncIterable<DecodedFrame> }[] =
    [];
  let active = 0;

  async function* decode(run: DecodeRun) {
    active += 1;
    try {
      yield* decodeRun(path, facts, run, { ...options, threads, signal }, acceleration);
    } finally {
      active -= 1;
      startRuns();
    }
  }
  function startRuns() {
    while (!signal.aborted && active < concurrency && started.length < concurrency * 2) {
      const run = waiting.shift();
      if (run === undefined) {
        return;
      }
      const source = decode(run);
      started.push({
        source,
        frames: readAhead(source, Math.min(depth, run.thresholds.length + 1)),
      });
    }
  }

  try {
    startRuns();
    for (let run = started[0]; run !== undefined; run = started[0]) {
      yield* run.frames;
      started.shift();
      startRuns();
    }
  } finally {
    stopped.abort();
    await Promise.allSettled(started.map(({ source }) => source.return(undefined)));
  }
}
