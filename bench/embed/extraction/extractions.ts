import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaTools } from '../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { extractFrames } from '../../../gpu-container/src/embed/frames/extract-frames.ts';
import {
  type FrameIndex,
  indexedDurationSeconds,
  readFrameIndex,
} from '../../../gpu-container/src/embed/frames/frame-index.ts';
import { probeVideo } from '../../../gpu-container/src/embed/frames/probe-video.ts';
import {
  frameThresholds,
  selectExpression,
} from '../../../gpu-container/src/embed/frames/run-plan.ts';
import { uniformTimes } from '../../../gpu-container/src/embed/frames/sampling-plan.ts';
import { cheapestTimes } from '../../../gpu-container/src/embed/frames/segment-times.ts';

/** The frames shown at evenly spaced times, or of each of as many equal parts the cheapest. */
export const PLACEMENTS = ['exact', 'cheapest'] as const;

export type Placement = (typeof PLACEMENTS)[number];

export type Wish = {
  readonly frames: number;
  readonly placement: Placement;
  /** Of every side. */
  readonly threads: number;
};

/** All that the product does from the file to pixels: probing, listing the frames, decoding. */
export async function extractOurs(tools: MediaTools, path: string, wish: Wish): Promise<number> {
  const { facts, index, times } = await plan(tools, path, wish);
  const { ffmpeg } = tools;
  let count = 0;
  for await (const _ of extractFrames(path, facts, index, times, {
    ffmpeg,
    threads: wish.threads,
  })) {
    count += 1;
  }
  return count;
}

/** Arguments for ffmpeg to give the same frames as rgb24, by decoding and choosing. */
export async function bareArgs(tools: MediaTools, path: string, wish: Wish): Promise<string[]> {
  const { index, times } = await plan(tools, path, wish);
  const thresholds = [...new Set(frameThresholds(times, index, null))];
  return [
    ...['-nostdin', '-loglevel', 'error', '-threads', String(wish.threads), '-i', path],
    ...['-vf', `select='${selectExpression(thresholds)}'`, '-fps_mode', 'passthrough'],
    ...['-frames:v', String(thresholds.length), '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
  ];
}

/** One process of ffmpeg; what it writes on its standard output is thrown away. */
export async function runBare(ffmpeg: string, args: readonly string[]): Promise<void> {
  const child = spawn(ffmpeg, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) {
    throw new Error(`ffmpeg exited with ${exitCode}`);
  }
}

/** What one would type: frames at a rate, as PNG files. */
export async function extractPlainly(
  ffmpeg: string,
  path: string,
  seconds: number,
  { frames, threads }: Wish,
  folder: string,
): Promise<void> {
  const output = await mkdtemp(join(folder, 'frames-'));
  try {
    await runBare(ffmpeg, [
      ...['-nostdin', '-loglevel', 'error', '-threads', String(threads), '-i', path],
      ...['-vf', `fps=${frames}/${seconds}`, join(output, 'frame_%03d.png')],
    ]);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

async function plan(tools: MediaTools, path: string, { frames, placement }: Wish) {
  const facts = await probeVideo(path, tools);
  const index = await requireIndex(readFrameIndex(path, facts, tools));
  const uniform = uniformTimes(frames, indexedDurationSeconds(index));
  const times = placement === 'exact' ? uniform : cheapestTimes(uniform, index);
  return { facts, index, times };
}

async function requireIndex(reading: Promise<FrameIndex | null>): Promise<FrameIndex> {
  const index = await reading;
  if (index === null) {
    throw new Error('a clip made here has times for all of its frames');
  }
  return index;
}
