import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import {
  type ExtractOptions,
  extractFrames,
  type VideoFrame,
} from '../../../../../gpu-container/src/embed/frames/extract-frames.ts';
import {
  type FrameIndex,
  readFrameIndex,
} from '../../../../../gpu-container/src/embed/frames/frame-index.ts';
import {
  probeVideo,
  type VideoFacts,
} from '../../../../../gpu-container/src/embed/frames/probe-video.ts';
import { runFfmpeg } from '../../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

export type Clip = AsyncDisposable & { path: string };

/** A file that ffmpeg makes with these arguments, which end before its name. */
export async function makeClip(
  tools: MediaTools,
  name: string,
  args: readonly string[],
): Promise<Clip> {
  const scratch = await makeScratchDir();
  const path = join(scratch.path, name);
  await runFfmpeg(tools, [...args, path]);
  return { path, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

export type Extracted = { facts: VideoFacts; index: FrameIndex | null; frames: VideoFrame[] };

/** Probes, indexes and extracts as a caller would. */
export async function extract(
  tools: MediaTools,
  path: string,
  times: readonly number[],
  options: Partial<ExtractOptions> = {},
): Promise<Extracted> {
  const facts = await probeVideo(path, tools);
  const index = facts.isStill ? null : await readFrameIndex(path, facts, tools);
  const frames: VideoFrame[] = [];
  for await (const frame of extractFrames(path, facts, index, times, {
    ffmpeg: tools.ffmpeg,
    ...options,
  })) {
    frames.push(frame);
  }
  return { facts, index, frames };
}

/** First 16 hex digits of the SHA-256 of a frame's bytes. */
export function hashOf({ rgb }: VideoFrame): string {
  return createHash('sha256').update(rgb).digest('hex').slice(0, 16);
}

/** The colour of a pixel, counted from the left and from the top. */
export function pixelAt({ rgb, width }: VideoFrame, x: number, y: number): number[] {
  return [...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}
