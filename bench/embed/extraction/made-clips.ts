import { join } from 'node:path';
import { runProcess } from '../../../gpu-container/src/decode/run-process.ts';

const SIZE = '1920x1080';
const FRAMES_PER_SECOND = 30;
/** What is encoded; shorter clips are cut from it, longer ones repeat it. */
const ENCODED_SECONDS = 60;
/** Of one core: x264 encodes 1080p at about half of real time there. */
const ENCODING_TIMEOUT_MS = 1_800_000;

export type MadeClip = {
  readonly name: string;
  readonly path: string;
  readonly seconds: number;
};

/**
 * H.264 in MP4, 1920 × 1080 at 30 frames a second with B-frames: ffmpeg's test
 * pattern, which moves everywhere at once, a clip for each length and each number
 * of frames between keyframes.
 *
 * @param keyframeIntervals in frames; 250 is what x264 does if not told
 */
export async function makeClips(
  ffmpeg: string,
  folder: string,
  lengthsSeconds: readonly number[],
  keyframeIntervals: readonly number[],
): Promise<MadeClip[]> {
  const clips: MadeClip[] = [];
  for (const interval of keyframeIntervals) {
    const source = join(folder, `source-${interval}.mp4`);
    const encoded = Math.min(ENCODED_SECONDS, Math.max(...lengthsSeconds));
    await run(ffmpeg, [
      ...[
        '-f',
        'lavfi',
        '-i',
        `testsrc2=size=${SIZE}:rate=${FRAMES_PER_SECOND}:duration=${encoded}`,
      ],
      ...['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3'],
      ...['-g', String(interval), source],
    ]);
    for (const seconds of lengthsSeconds) {
      const path = join(folder, `clip-${interval}-${seconds}.mp4`);
      const repeats = Math.ceil(seconds / encoded) - 1;
      await run(ffmpeg, [
        ...['-stream_loop', String(repeats), '-i', source, '-t', String(seconds)],
        ...['-c', 'copy', path],
      ]);
      clips.push({ name: `${seconds} s, keyframe every ${interval}`, path, seconds });
    }
  }
  return clips;
}

async function run(ffmpeg: string, args: readonly string[]): Promise<void> {
  await runProcess(ffmpeg, ['-nostdin', '-loglevel', 'error', '-y', ...args], {
    timeoutMs: ENCODING_TIMEOUT_MS,
  });
}
