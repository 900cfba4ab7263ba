import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { extractFrames } from '../../../../../gpu-container/src/embed/frames/extract-frames.ts';
import { readFrameIndex } from '../../../../../gpu-container/src/embed/frames/frame-index.ts';
import { probeVideo } from '../../../../../gpu-container/src/embed/frames/probe-video.ts';
import {
  uniformFrameTimes,
  uniformTimes,
} from '../../../../../gpu-container/src/embed/frames/sampling-plan.ts';
import { findMediaTools } from '../../../../environment/media-tools.ts';
import { itWithShared, sharedPath } from '../../../../environment/shared.ts';
import { extract, hashOf, makeClip } from './clips.ts';

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

/** 4 s at 25 frames a second, with B-frames and a keyframe every `gop` frames. */
const pattern = (gop: number) => [
  ...['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=4'],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', String(gop)],
];

const TIMES = [0, 0.5, 0.54, 1.3, 2, 3.33, 3.96];

describe('extractFrames', () => {
  it('gives the frame shown at each time, with its exact time', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    const { frames } = await extract(tools, clip.path, TIMES);
    expect(frames.map(({ requestedTime }) => requestedTime)).toEqual(TIMES);
    for (const { time, requestedTime } of frames) {
      expect(time).toBeCloseTo(Math.floor(requestedTime * 25 + 0.01) / 25, 9);
    }
    expect(frames[0]).toMatchObject({ width: 96, height: 64 });
    expect(frames[0]?.rgb).toHaveLength(96 * 64 * 3);
  });

  it.each(['mp4', 'mkv', 'ts'])(
    'gives the same frames by seeking and by decoding on: %s',
    async (ending) => {
      await using clip = await makeClip(tools, `clip.${ending}`, pattern(12));
      const seeks = await extract(tools, clip.path, TIMES, { strategy: 'seek' });
      const decode = await extract(tools, clip.path, TIMES, { strategy: 'decode' });
      expect(seeks.frames.map(({ time }) => time)).toEqual(decode.frames.map(({ time }) => time));
      expect(seeks.frames.map(hashOf)).toEqual(decode.frames.map(hashOf));
      expect(new Set(seeks.frames.map(hashOf)).size).toBe(TIMES.length);
    },
  );

  it('reaches frames of an open group of pictures from the group before', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=2', '-c:v', 'libx265'],
      ...['-preset', 'veryfast'],
      ...['-x265-params', 'open-gop=1:bframes=3:b-adapt=0:keyint=10:min-keyint=10:log-level=error'],
    ]);
    const every = Array.from({ length: 50 }, (_, i) => i / 25);
    const seeks = await extract(tools, clip.path, every.slice(25, 36), { strategy: 'seek' });
    const decode = await extract(tools, clip.path, every, { strategy: 'decode' });
    const { times, decodePositions, keyframePositions } = seeks.index!;
    const isLeading = (frame: number) =>
      keyframePositions.some(
        (position, later) =>
          times[later]! > times[frame]! &&
          position > keyframePositions[frame]! &&
          position < decodePositions[frame]!,
      );
    expect([...times.keys()].some(isLeading)).toBe(true);
    expect(seeks.frames.map(hashOf)).toEqual(decode.frames.slice(25, 36).map(hashOf));
  });

  it('finds the same frames without an index at a constant rate', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(50));
    const { facts, frames } = await extract(tools, clip.path, TIMES);
    const blind: string[] = [];
    for await (const frame of extractFrames(clip.path, facts, null, TIMES, tools)) {
      blind.push(hashOf(frame));
    }
    expect(blind).toEqual(frames.map(hashOf));
  });

  it('has no index of AVI with B-frames and decodes it all the same', async () => {
    await using clip = await makeClip(tools, 'clip.avi', pattern(50));
    const { index, frames } = await extract(tools, clip.path, [0, 1, 2]);
    expect(index).toBeNull();
    // AVI has no presentation times: what ffmpeg derives is off by the reordering, two frames.
    for (const { time, requestedTime } of frames) {
      expect(Math.abs(time - requestedTime)).toBeLessThan(0.1);
    }
  });

  it('counts time from the start of the media, whatever its clock says', async () => {
    await using clip = await makeClip(tools, 'clip.ts', [
      ...pattern(12),
      ...['-output_ts_offset', '1000'],
    ]);
    const { frames } = await extract(tools, clip.path, [0, 2], { strategy: 'seek' });
    expect(frames.map(({ time }) => time)).toEqual([expect.closeTo(0, 6), expect.closeTo(2, 6)]);
  });

  it('keeps the times of a variable frame rate', async () => {
    await using clip = await makeClip(tools, 'clip.mkv', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=32x32:rate=10:duration=4'],
      ...['-vf', "select='lt(t,1)+gte(t,3.5)'", '-fps_mode', 'passthrough', '-c:v', 'libx264'],
    ]);
    const { index, frames } = await extract(tools, clip.path, [0.95, 2, 3.4, 3.5, 3.78]);
    expect(index?.times).toHaveLength(15);
    expect(frames.map(({ time }) => time)).toEqual([0.9, 0.9, 0.9, 3.5, 3.7]);
    // One frame shown at several times is one array.
    expect(frames[1]?.rgb).toBe(frames[0]?.rgb);
  });

  it('repeats the last frame after the end', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    const { frames } = await extract(tools, clip.path, [3.96, 4, 60]);
    expect(new Set(frames.map(hashOf)).size).toBe(1);
  });

  it('stops ffmpeg where no more frames are taken', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    const facts = await probeVideo(clip.path, tools);
    const index = await readFrameIndex(clip.path, facts, tools);
    const taken: number[] = [];
    const frames = extractFrames(clip.path, facts, index, uniformTimes(50, 4), {
      ...tools,
      strategy: 'seek',
    });
    for await (const { time } of frames) {
      taken.push(time);
      break;
    }
    expect(taken).toEqual([0]);
    expect(await frames.next()).toEqual({ done: true, value: undefined });
  });

  it('ends with the reason of an abort', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = async () => {
      const facts = await probeVideo(clip.path, tools);
      const index = await readFrameIndex(clip.path, facts, tools);
      const signal = controller.signal;
      for await (const _ of extractFrames(clip.path, facts, index, TIMES, { ...tools, signal })) {
        controller.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
  });

  it('tells of an ffmpeg that is not there', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    await expect(
      extract(tools, clip.path, [0], { ffmpeg: '/nonexistent/ffmpeg' }),
    ).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
  });

  it('gives up on an ffmpeg that takes too long', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    await expect(extract(tools, clip.path, [0], { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'DECODE_TIMEOUT',
    });
  });

  it('gives what can be decoded of a damaged video, and one frame for every time', async () => {
    await using clip = await makeClip(tools, 'clip.ts', pattern(12));
    const bytes = await readFile(clip.path);
    bytes.fill(0, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.6));
    await writeFile(clip.path, bytes);
    const { frames } = await extract(tools, clip.path, TIMES);
    expect(frames.map(({ requestedTime }) => requestedTime)).toEqual(TIMES);
  });

  it('decodes in software where hardware cannot', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', pattern(12));
    const software = await extract(tools, clip.path, TIMES);
    const hardware = await extract(tools, clip.path, TIMES, {
      hardware: 'cuda',
      worthwhilePixels: 0,
    });
    expect(hardware.frames.map(({ time }) => time)).toEqual(
      software.frames.map(({ time }) => time),
    );
  });

  itWithShared('samples the frames that V-JEPA is given, byte for byte', async () => {
    const meta = JSON.parse(await readFile(sharedPath('fixtures/vjepa2/meta.json'), 'utf8'));
    const clip = sharedPath('fixtures/vjepa2/clip_640x360_25fps.mp4');
    const facts = await probeVideo(clip, tools);
    const index = (await readFrameIndex(clip, facts, tools))!;
    const byFrame = await extract(tools, clip, uniformFrameTimes(64, index));
    const expected = Array.from(
      { length: 64 },
      (_, i) => meta.frame_rgb24_sha256[Math.floor((i * index.times.length) / 64)],
    );
    expect(byFrame.frames.map(hashOf)).toEqual(expected);
    const byTime = await extract(tools, clip, uniformTimes(64, facts.durationSeconds!));
    expect(byTime.frames.map(hashOf)).toEqual(expected);
  });
});
