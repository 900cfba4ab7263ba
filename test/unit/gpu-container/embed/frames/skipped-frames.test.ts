import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { extractFrames } from '../../../../../gpu-container/src/embed/frames/extract-frames.ts';
import {
  type FrameIndex,
  isKeyframe,
  readFrameIndex,
} from '../../../../../gpu-container/src/embed/frames/frame-index.ts';
import {
  probeVideo,
  type VideoFacts,
} from '../../../../../gpu-container/src/embed/frames/probe-video.ts';
import { planRuns } from '../../../../../gpu-container/src/embed/frames/run-plan.ts';
import { uniformTimes } from '../../../../../gpu-container/src/embed/frames/sampling-plan.ts';
import { cheapestTimes } from '../../../../../gpu-container/src/embed/frames/segment-times.ts';
import { findMediaTools } from '../../../../environment/media-tools.ts';
import { extract, hashOf, makeClip } from './clips.ts';

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

const SECONDS = 4;
const SOURCE = ['-f', 'lavfi', '-i', `testsrc2=size=96x64:rate=25:duration=${SECONDS}`];

const ENCODERS: Record<string, string[]> = {
  h264: ['-c:v', 'libx264', '-bf', '3', '-g', '30'],
  'h264 with open groups': [
    '-c:v',
    'libx264',
    '-bf',
    '3',
    '-g',
    '30',
    '-x264-params',
    'open-gop=1',
  ],
  hevc: ['-c:v', 'libx265', '-preset', 'fast', '-x265-params', 'keyint=30:log-level=error'],
  mpeg4: ['-c:v', 'mpeg4', '-bf', '2', '-g', '30'],
  mpeg2video: ['-c:v', 'mpeg2video', '-bf', '2', '-g', '30'],
  vp9: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '30'],
  av1: ['-c:v', 'libsvtav1', '-preset', '12', '-g', '30', '-svtav1-params', 'lp=2'],
};

async function framesOf(
  path: string,
  facts: VideoFacts,
  index: FrameIndex,
  times: readonly number[],
  strategy: 'auto' | 'decode',
) {
  const frames: { time: number; hash: string }[] = [];
  for await (const frame of extractFrames(path, facts, index, times, { ...tools, strategy })) {
    frames.push({ time: frame.time, hash: hashOf(frame) });
  }
  return frames;
}

describe.each(Object.entries(ENCODERS))('of %s', (_, encoder) => {
  it.each(['mp4', 'mkv'])(
    'the frames that skipping leads to are those of decoding everything: %s',
    async (ending) => {
      await using clip = await makeClip(tools, `clip.${ending}`, [...SOURCE, ...encoder]);
      const facts = await probeVideo(clip.path, tools);
      const index = (await readFrameIndex(clip.path, facts, tools))!;
      const keyframes = [...index.times].filter((_, frame) => isKeyframe(index, frame));
      const references = [...index.times].filter((_, frame) => index.isReference[frame] === 1);
      expect(keyframes.length).toBeGreaterThan(2);
      for (const times of [keyframes, references]) {
        const lean = await framesOf(clip.path, facts, index, times, 'auto');
        expect(lean).toEqual(await framesOf(clip.path, facts, index, times, 'decode'));
        expect(lean.map(({ time }) => time)).toEqual(times.map((time) => expect.closeTo(time, 5)));
      }
    },
  );
});

describe('the cheapest frames', () => {
  it('are decoded without the others', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...SOURCE, ...ENCODERS['h264']!]);
    const facts = await probeVideo(clip.path, tools);
    const index = (await readFrameIndex(clip.path, facts, tools))!;
    const skips = (count: number) =>
      planRuns(cheapestTimes(uniformTimes(count, SECONDS), index), index, 96 * 64).map(
        (run) => run.skips,
      );
    expect(skips(3)).toEqual(['nokey']);
    expect(skips(12)).toEqual(['noref']);
  });

  it('come at the times that were said, one in each segment', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...SOURCE, ...ENCODERS['h264']!]);
    const facts = await probeVideo(clip.path, tools);
    const index = (await readFrameIndex(clip.path, facts, tools))!;
    const uniform = uniformTimes(12, SECONDS);
    const times = cheapestTimes(uniform, index);
    const { frames } = await extract(tools, clip.path, times);
    expect(frames.map(({ time }) => time)).toEqual(times.map((time) => expect.closeTo(time, 6)));
    expect(new Set(frames.map(hashOf)).size).toBe(12);
    for (const [i, { time }] of frames.entries()) {
      expect(Math.floor((time / SECONDS) * 12 + 0.01)).toBe(i);
    }
  });
});

describe('a decoder that skips more than was meant', () => {
  it('is told to decode everything, and the frames are the right ones', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...SOURCE, ...ENCODERS['h264']!]);
    const facts = await probeVideo(clip.path, tools);
    const index = (await readFrameIndex(clip.path, facts, tools))!;
    const wrong = { ...index, isReference: new Uint8Array(index.times.length).fill(1) };
    const times = uniformTimes(11, SECONDS);
    expect(planRuns(times, wrong, 96 * 64).map(({ skips }) => skips)).toEqual(['noref']);
    expect(await framesOf(clip.path, facts, wrong, times, 'auto')).toEqual(
      await framesOf(clip.path, facts, index, times, 'decode'),
    );
  });
});
