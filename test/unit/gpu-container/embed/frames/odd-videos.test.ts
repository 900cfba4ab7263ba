import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeVideo } from '../../../../../gpu-container/src/embed/frames/probe-video.ts';
import { findMediaTools, runFfmpeg } from '../../../../environment/media-tools.ts';
import { extract, hashOf, makeClip, pixelAt } from './clips.ts';

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

const TALL_RED = ['-f', 'lavfi', '-i', 'color=red:size=64x32:rate=5:duration=1'];
/** Red on the left, blue on the right. */
const RED_BLUE = [
  ...['-f', 'lavfi', '-i', 'color=red:size=32x32:rate=5:duration=1'],
  ...['-f', 'lavfi', '-i', 'color=blue:size=32x32:rate=5:duration=1'],
  ...['-filter_complex', 'hstack'],
];

describe('a portrait video', () => {
  it('comes upright, as its rotation says', async () => {
    await using lying = await makeClip(tools, 'lying.mp4', [...RED_BLUE, '-c:v', 'libx264']);
    await using clip = await makeClip(tools, 'portrait.mp4', [
      ...['-display_rotation:v:0', '90', '-i', lying.path, '-c', 'copy'],
    ]);
    const { frames } = await extract(tools, clip.path, [0.2]);
    expect(frames[0]).toMatchObject({ width: 32, height: 64 });
    // Turned counterclockwise, what was on the right is on top.
    const [red = 0, , blue = 0] = pixelAt(frames[0]!, 16, 8);
    expect(blue).toBeGreaterThan(red + 100);
  });
});

describe('an anamorphic video', () => {
  it.each([
    ['2/1', { width: 128, height: 32 }],
    ['1/2', { width: 64, height: 64 }],
    ['64/1', { width: 64, height: 32 }],
  ])('of pixels %s is stretched to square ones, within reason', async (sar, size) => {
    await using clip = await makeClip(tools, 'wide.mkv', [
      ...[...TALL_RED, '-vf', `setsar=${sar}`, '-c:v', 'libx264'],
    ]);
    const { frames } = await extract(tools, clip.path, [0]);
    expect(frames[0]).toMatchObject(size);
  });
});

describe('a longest side asked for', () => {
  it.each([
    [32, { width: 32, height: 16 }],
    [500, { width: 64, height: 32 }],
  ])('of %d scales down and never up', async (maxEdge, size) => {
    await using clip = await makeClip(tools, 'clip.mp4', [...TALL_RED, '-c:v', 'libx264']);
    const { frames } = await extract(tools, clip.path, [0], { maxEdge });
    expect(frames[0]).toMatchObject(size);
    expect(frames[0]?.rgb).toHaveLength(size.width * size.height * 3);
  });
});

describe('a video of odd size', () => {
  it('keeps every pixel', async () => {
    await using clip = await makeClip(tools, 'odd.mkv', [
      ...[...TALL_RED, '-vf', 'format=yuv444p,crop=37:23', '-c:v', 'libx264'],
    ]);
    const { frames } = await extract(tools, clip.path, [0.4]);
    expect(frames[0]).toMatchObject({ width: 37, height: 23 });
    expect(frames[0]?.rgb).toHaveLength(37 * 23 * 3);
    const [red = 0, green = 0, blue = 0] = pixelAt(frames[0]!, 36, 22);
    expect(red).toBeGreaterThan(240);
    expect(green + blue).toBeLessThan(20);
  });
});

describe('a 10-bit HDR video', () => {
  it('comes as 8-bit RGB', async () => {
    await using clip = await makeClip(tools, 'hdr.mp4', [
      ...[...TALL_RED, '-c:v', 'libx265', '-x265-params', 'log-level=error'],
      ...['-pix_fmt', 'yuv420p10le', '-color_primaries', 'bt2020', '-color_trc', 'smpte2084'],
      ...['-colorspace', 'bt2020nc'],
    ]);
    const { facts, frames } = await extract(tools, clip.path, [0]);
    expect(facts.pixelFormat).toBe('yuv420p10le');
    expect(frames[0]?.rgb).toHaveLength(64 * 32 * 3);
    const [red = 0, green = 0, blue = 0] = pixelAt(frames[0]!, 32, 16);
    expect(red).toBeGreaterThan(green + 100);
    expect(red).toBeGreaterThan(blue + 100);
  });
});

describe('a video of one frame', () => {
  it('gives that frame at every time', async () => {
    await using clip = await makeClip(tools, 'one.mp4', [
      ...[...TALL_RED, '-frames:v', '1', '-c:v', 'libx264'],
    ]);
    const { index, frames } = await extract(tools, clip.path, [0, 0.5, 7]);
    expect(index?.times).toHaveLength(1);
    expect(frames.map(({ time }) => time)).toEqual([0, 0, 0]);
    expect(frames[2]?.rgb).toBe(frames[0]?.rgb);
  });
});

describe('a video of no duration', () => {
  it('gives the frames that it has', async () => {
    await using clip = await makeClip(tools, 'zero.mkv', [
      ...[...TALL_RED, '-vf', 'setpts=0', '-frames:v', '1', '-fps_mode', 'passthrough'],
      ...['-c:v', 'libx264', '-live', '1'],
    ]);
    const { facts, frames } = await extract(tools, clip.path, [0, 1]);
    expect(facts.durationSeconds ?? 0).toBeLessThan(0.3);
    expect(frames).toHaveLength(2);
  });
});

describe('a video whose container lists no times', () => {
  const CLIP = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=2'];

  it('is decoded from its beginning', async () => {
    await using clip = await makeClip(tools, 'clip.h264', [...CLIP, '-c:v', 'libx264', '-bf', '0']);
    const { index, frames } = await extract(tools, clip.path, [0, 0.5, 1.5]);
    expect(index).toBeNull();
    expect(new Set(frames.map(hashOf)).size).toBe(3);
    for (const { time, requestedTime } of frames) {
      expect(Math.abs(time - requestedTime)).toBeLessThan(0.11);
    }
  });
});

describe('a still', () => {
  it.each(['png', 'jpg', 'webp'])('%s is a video of one frame', async (ending) => {
    await using clip = await makeClip(tools, `still.${ending}`, [
      ...['-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1'],
      ...['-vf', 'format=gbrp,crop=33:21'],
    ]);
    const { facts, frames } = await extract(tools, clip.path, [0, 0]);
    expect(facts).toMatchObject({ isStill: true, durationSeconds: 0, width: 33, height: 21 });
    expect(frames.map(({ time }) => time)).toEqual([0, 0]);
    expect(frames[0]).toMatchObject({ width: 33, height: 21 });
    const [red = 0, green = 0, blue = 0] = pixelAt(frames[0]!, 32, 20);
    expect(red).toBeGreaterThan(240);
    expect(green + blue).toBeLessThan(20);
  });

  it('comes upright, as the orientation in its EXIF data says', async () => {
    await using clip = await makeClip(tools, 'lying.jpg', [...RED_BLUE, '-frames:v', '1']);
    const bytes = await readFile(clip.path);
    // Big-endian TIFF with one directory of one entry: tag 0x0112, a SHORT, 6 (turn clockwise).
    const tiff = '4d4d002a00000008000101120003000000010006000000000000';
    const exif = Buffer.concat([Buffer.from('Exif\0\0'), Buffer.from(tiff, 'hex')]);
    const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    await writeFile(
      clip.path,
      Buffer.concat([bytes.subarray(0, 2), head, exif, bytes.subarray(2)]),
    );
    const { frames } = await extract(tools, clip.path, [0]);
    expect(frames[0]).toMatchObject({ width: 32, height: 64 });
    const [red = 0, , blue = 0] = pixelAt(frames[0]!, 16, 8);
    expect(red).toBeGreaterThan(blue + 100);
  });

  it('is known by its content and not by its name', async () => {
    await using clip = await makeClip(tools, 'still.png', [
      ...['-f', 'lavfi', '-i', 'color=red:size=8x8', '-frames:v', '1'],
    ]);
    const path = clip.path.replace('still.png', 'input');
    await writeFile(path, await readFile(clip.path));
    expect(await probeVideo(path, tools)).toMatchObject({ codec: 'png', isStill: true });
  });
});

describe('what is no video', () => {
  it('of sound alone is refused', async () => {
    await using clip = await makeClip(tools, 'sound.mp4', [
      ...['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac'],
    ]);
    await expect(probeVideo(clip.path, tools)).rejects.toMatchObject({
      code: 'NO_VIDEO_STREAM',
      message: 'the media has no video stream',
    });
  });

  it('of sound with cover art is refused', async () => {
    await using cover = await makeClip(tools, 'cover.png', [
      ...['-f', 'lavfi', '-i', 'color=red:size=16x16', '-frames:v', '1'],
    ]);
    const song = cover.path.replace('cover.png', 'song.mp3');
    await runFfmpeg(tools, [
      ...['-f', 'lavfi', '-i', 'sine=duration=1', '-i', cover.path, '-map', '0', '-map', '1'],
      ...['-c:v', 'copy', '-disposition:v', 'attached_pic', song],
    ]);
    await expect(probeVideo(song, tools)).rejects.toMatchObject({ code: 'NO_VIDEO_STREAM' });
  });

  it.each([
    ['no bytes', ''],
    ['text', 'Once upon a time there was a text file.\n'.repeat(100)],
    ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n'],
    [
      'a picture script',
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>',
    ],
  ])('of %s is refused', async (_, content) => {
    await using clip = await makeClip(tools, 'some.png', [
      ...['-f', 'lavfi', '-i', 'color=red:size=8x8', '-frames:v', '1'],
    ]);
    await writeFile(clip.path, content);
    await expect(probeVideo(clip.path, tools)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA' });
  });
});

describe('a corrupt video', () => {
  const CLIP = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=1', '-c:v', 'libx264'];

  it('that ends before its index is refused', async () => {
    await using clip = await makeClip(tools, 'cut.mp4', CLIP);
    const bytes = await readFile(clip.path);
    await writeFile(clip.path, bytes.subarray(0, bytes.length / 2));
    await expect(probeVideo(clip.path, tools)).rejects.toMatchObject({ code: 'MEDIA_CORRUPT' });
  });

  it('of which no picture can be decoded is refused, with nothing of what ffmpeg says', async () => {
    await using clip = await makeClip(tools, 'noise.mp4', [...CLIP, '-movflags', '+faststart']);
    const bytes = await readFile(clip.path);
    const media = bytes.indexOf('mdat') + 4;
    bytes.fill(0xa5, media);
    await writeFile(clip.path, bytes);
    await expect(extract(tools, clip.path, [0, 0.5])).rejects.toMatchObject({
      code: 'MEDIA_CORRUPT',
      message: 'no picture of the video could be decoded',
    });
  });

  it('gives a frame for every time where a keyframe is damaged, the right ones elsewhere', async () => {
    await using clip = await makeClip(tools, 'hole.mp4', [...CLIP, '-g', '4']);
    const whole = await extract(tools, clip.path, [0, 0.4, 0.8]);
    expect(whole.frames.map(({ time }) => time)).toEqual([0, 0.4, 0.8]);
    const bytes = await readFile(clip.path);
    const media = bytes.indexOf('mdat') + 4;
    const size = bytes.indexOf('moov') - media;
    // All of it within the second of three keyframes.
    bytes.fill(0, media + Math.floor(size * 0.5), media + Math.floor(size * 0.65));
    await writeFile(clip.path, bytes);
    const { frames } = await extract(tools, clip.path, [0, 0.4, 0.8]);
    expect(frames.map(({ requestedTime }) => requestedTime)).toEqual([0, 0.4, 0.8]);
    expect([frames[0], frames[2]].map((frame) => [frame?.time, hashOf(frame!)])).toEqual(
      [whole.frames[0], whole.frames[2]].map((frame) => [frame?.time, hashOf(frame!)]),
    );
  });

  it('whose picture is cut off is refused', async () => {
    await using clip = await makeClip(tools, 'cut.png', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=64x48', '-frames:v', '1'],
    ]);
    await writeFile(clip.path, (await readFile(clip.path)).subarray(0, 60));
    await expect(extract(tools, clip.path, [0])).rejects.toMatchObject({ code: 'MEDIA_CORRUPT' });
  });
});
