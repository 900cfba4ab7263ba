import { runProcess } from '../../decode/run-process.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from '../../decode/untrusted-input.ts';
import type { VideoFacts } from './probe-video.ts';
import { requireBlameless } from './tool-failure.ts';

/** A day at 120 frames a second; what claims more is not sampled by its index. */
const MAX_PACKETS = 10_368_000;
const INDEX_TIMEOUT_MS = 300_000;

/** When each frame of a video is shown, and what has to be decoded to get it. */
export type FrameIndex = {
  /** Presentation times in seconds from the start of the media, ascending. */
  times: Float64Array;
  /** Of each frame in that order: its place in the order of decoding. */
  decodePositions: Int32Array;
  /** Of each frame in that order: the place of the keyframe from which decoding leads to it. */
  keyframePositions: Int32Array;
  /** And when that keyframe is shown, in seconds. */
  keyframeTimes: Float64Array;
  /**
   * Of each frame in that order: 1 where other frames are known to refer to it, since
   * it is a keyframe, or decoded ahead of frames that are shown before it.
   */
  isReference: Uint8Array;
  /** What the container rounds times to. */
  tickSeconds: number;
};

export type Packet = { seconds: number; isKeyframe: boolean; isShown: boolean };

/**
 * Lists the frames of a video stream from its packets, without decoding them.
 * One pass of ffprobe over the file costs less than decoding a second of it and
 * makes everything after it exact: which frame is shown at a time, how many
 * there are, and whether seeking or decoding on is the shorter way.
 *
 * @returns null where the container has no time for every packet (AVI, raw streams)
 * @throws {ReelscribeError} DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function readFrameIndex(
  path: string,
  facts: VideoFacts,
  options: { ffprobe: string; signal?: AbortSignal | undefined },
): Promise<FrameIndex | null> {
  const packets: Packet[] = [];
  let isComplete = true;
  const args = [
    ...['-hide_banner', '-loglevel', 'error', '-select_streams', String(facts.index)],
    ...['-show_entries', 'packet=pts,flags', '-print_format', 'csv=print_section=0'],
    ...untrustedInputArgs(path),
  ];
  try {
    await runProcess(options.ffprobe, args, {
      timeoutMs: INDEX_TIMEOUT_MS,
      signal: options.signal,
      maxMemoryBytes: MAX_MEMORY_BYTES,
      onStdoutLine: (line) => {
        const match = /^(-?\d+|N\/A),([A-Z_]*)/.exec(line);
        if (match === null) {
          return;
        }
        isComplete &&= match[1] !== 'N/A' && packets.length < MAX_PACKETS;
        if (isComplete) {
          packets.push({
            seconds: Number(match[1]) * facts.timeBaseSeconds - facts.startSeconds,
            isKeyframe: match[2]!.includes('K'),
            isShown: !match[2]!.includes('D'),
          });
        }
      },
    });
  } catch (error) {
    // Damage ends the list early; what is before it can still be found by it.
    requireBlameless(error);
  }
  return isComplete ? indexPackets(packets, facts.timeBaseSeconds) : null;
}

/**
 * @param packets in the order of decoding
 * @returns null where there is no frame, or none that can be decoded by itself
 */
export function indexPackets(packets: readonly Packet[], tickSeconds: number): FrameIndex | null {
  type Keyframe = { seconds: number; position: number };
  let keyframe: Keyframe | undefined;
  let keyframeBefore: Keyframe | undefined;
  const isDecodedAhead = decodedAhead(packets);
  const frames: { seconds: number; position: number; keyframe: Keyframe }[] = [];
  for (const [position, { seconds, isKeyframe, isShown }] of packets.entries()) {
    if (isKeyframe) {
      keyframeBefore = keyframe;
      keyframe = { seconds, position };
    }
    // In an open group of pictures, frames that are shown before the keyframe
    // but decoded after it refer to the group before as well.
    const start = keyframe && seconds < keyframe.seconds ? keyframeBefore : keyframe;
    // Frames before the first keyframe refer to pictures that are not there.
    if (isShown && start !== undefined) {
      frames.push({ seconds, position, keyframe: start });
    }
  }
  if (frames.length === 0) {
    return null;
  }
  frames.sort((one, other) => one.seconds - other.seconds);
  return {
    times: Float64Array.from(frames, ({ seconds }) => seconds),
    decodePositions: Int32Array.from(frames, ({ position }) => position),
    keyframePositions: Int32Array.from(frames, (frame) => frame.keyframe.position),
    keyframeTimes: Float64Array.from(frames, (frame) => frame.keyframe.seconds),
    isReference: Uint8Array.from(frames, ({ position, keyframe: { position: start } }) =>
      position === start || isDecodedAhead[position] ? 1 : 0,
    ),
    tickSeconds,
  };
}

/** Of each packet, whether one that comes later is shown earlier. */
function decodedAhead(packets: readonly Packet[]): boolean[] {
  const isAhead = new Array<boolean>(packets.length);
  let earliestLater = Number.POSITIVE_INFINITY;
  for (let position = packets.length - 1; position >= 0; position -= 1) {
    const { seconds } = packets[position]!;
    isAhead[position] = seconds > earliestLater;
    earliestLater = Math.min(earliestLater, seconds);
  }
  return isAhead;
}

/** Whether a frame can be decoded by itself. */
export function isKeyframe({ decodePositions, keyframePositions }: FrameIndex, frame: number) {
  return decodePositions[frame] === keyframePositions[frame];
}

/** The number of the frame that is shown at a time: the last that begins at or before it. */
export function frameShownAt(index: FrameIndex, seconds: number): number {
  // A time rounded up by half a tick (Matroska's are milliseconds) is still met.
  const latest = seconds + 0.51 * index.tickSeconds + 1e-9;
  let low = 0;
  let high = index.times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.times[middle]! <= latest) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Math.max(0, low - 1);
}

/** From the start of the media to the end of the last frame, taken to last as long as the one before it. */
export function indexedDurationSeconds({ times }: FrameIndex): number {
  const last = times.at(-1)!;
  return times.length === 1 ? Math.max(0, last) : Math.max(0, last + last - times.at(-2)!);
}
