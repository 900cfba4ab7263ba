import { runProcess } from '../../decode/run-process.ts';
import { MAX_MEMORY_BYTES, untrustedInputArgs } from '../../decode/untrusted-input.ts';
import { frameLogReader } from './frame-log.ts';
import type { VideoFacts } from './probe-video.ts';
import { requireBlameless } from './tool-failure.ts';

/** Of ffmpeg's scene score, 0 to 1; its manual names 0.3 to 0.5 as sane. */
const SCENE_THRESHOLD = 0.3;
/** Scores barely change above this size, and cost grows with it. */
const ANALYSED_WIDTH = 320;

const MIN_TIMEOUT_SECONDS = 60;
const TIMEOUT_SECONDS_PER_MEDIA_SECOND = 10;
const THREADS = 2;

export type SceneOptions = {
  /** Path of the ffmpeg program. */
  ffmpeg: string;
  signal?: AbortSignal | undefined;
};

/**
 * Times in seconds at which a new scene begins, ascending: where ffmpeg's scene
 * score, the lesser of the mean pixel difference to the frame before and the
 * change of that difference, passes 0.3. The beginning is not among them. Every
 * frame is decoded: between keyframes alone the difference is always large, hence
 * its change small, and the score misses the cuts.
 *
 * @throws {ReelscribeError} DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function findSceneChanges(
  path: string,
  facts: VideoFacts,
  options: SceneOptions,
): Promise<number[]> {
  const changes: number[] = [];
  const readLog = frameLogReader();
  const args = [
    ...['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info'],
    ...['-filter_threads', '1', '-threads', String(THREADS)],
    ...['-copyts', '-start_at_zero', ...untrustedInputArgs(path)],
    ...['-map', `0:${facts.index}`, '-an', '-sn', '-dn'],
    '-vf',
    `scale=${ANALYSED_WIDTH}:-2:flags=fast_bilinear,select='gt(scene,${SCENE_THRESHOLD})',showinfo=checksum=0`,
    ...['-fps_mode', 'passthrough', '-f', 'null', '-'],
  ];
  try {
    await runProcess(options.ffmpeg, args, {
      timeoutMs:
        (MIN_TIMEOUT_SECONDS + (facts.durationSeconds ?? 0) * TIMEOUT_SECONDS_PER_MEDIA_SECOND) *
        1_000,
      signal: options.signal,
      maxMemoryBytes: MAX_MEMORY_BYTES,
      onStderrLine: (line) => {
        const frame = readLog(line);
        if (frame !== null) {
          changes.push(frame.time);
        }
      },
    });
  } catch (error) {
    // Damage ends the list early; uniform times stand in for scenes not found.
    requireBlameless(error);
  }
  return changes;
}
