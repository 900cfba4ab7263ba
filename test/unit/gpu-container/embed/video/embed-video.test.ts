import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type VideoEmbeddingTask, videoEmbeddingSchema } from '#contracts/tasks/video-embedding.ts';
import type { MediaTools } from '../../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { openDeterministicVideo } from '../../../../../gpu-container/src/embed/deterministic/deterministic-video.ts';
import {
  embedImages,
  embedVideo,
} from '../../../../../gpu-container/src/embed/video/embed-video.ts';
import type { VideoEmbedder } from '../../../../../gpu-container/src/embed/video/video-embedder.ts';
import { findMediaTools } from '../../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { makeClip } from '../frames/clips.ts';
import { inTurn, plainFrame } from './frames.ts';

const embedder = openDeterministicVideo();
const PATTERN = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=4'];
const H264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-movflags', 'faststart'];
/** Every frame can be decoded by itself, so that none is cheaper than another. */
const KEYFRAMES = [...H264, '-g', '1'];

let tools: MediaTools;
beforeAll(async () => {
  tools = await findMediaTools();
}, 300_000);

const taskOf = (wish: Partial<VideoEmbeddingTask> = {}): VideoEmbeddingTask =>
  videoEmbeddingSchema.parse({ model: 'deterministic', pooling: 'none', ...wish });

const closeTo = (times: readonly number[]) => times.map((time) => expect.closeTo(time, 3));

describe('embedVideo', () => {
  it.each([
    [{ sampling: 'uniform', frames: 4 } as const, [0, 1, 2, 3]],
    [{ sampling: 'fps', fps: 0.5 } as const, [0, 2]],
    [{ sampling: 'fps', fps: 10, frames: 5 } as const, [0, 0.8, 1.6, 2.4, 3.2]],
  ])('samples by %j', async (wish, times) => {
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, ...KEYFRAMES]);
    const embedded = await embedVideo(clip.path, taskOf(wish), embedder, { tools });
    expect(embedded.frameTimes).toEqual(closeTo(times));
    expect(embedded.items.map(({ start }) => start)).toEqual(embedded.frameTimes);
    expect(embedded).toMatchObject({ dims: 512 });
    expect(embedded).not.toHaveProperty('failure');
  });

  it('takes what is decoded soonest of each part, or even steps for a model that sees motion', async () => {
    const keyframes = ['-g', '13', '-bf', '0', '-x264-params', 'scenecut=0'];
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, ...H264, ...keyframes]);
    const timesOf = async (model: VideoEmbedder['model']) => {
      const wish = taskOf({ frames: 4 });
      return (await embedVideo(clip.path, wish, { ...embedder, model }, { tools })).frameTimes;
    };

    expect(await timesOf('deterministic')).toEqual(closeTo([0, 1.3, 2.6, 3.9]));
    expect(await timesOf('qwen3-vl-embedding-2b')).toEqual(closeTo([0, 1, 2, 3]));
  });

  it('takes a frame of each scene', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [
      ...['-f', 'lavfi', '-i', 'color=red:size=64x48:rate=10:duration=1'],
      ...['-f', 'lavfi', '-i', 'color=blue:size=64x48:rate=10:duration=3'],
      ...['-filter_complex', 'concat', ...H264],
    ]);
    const { frameTimes } = await embedVideo(
      clip.path,
      taskOf({ sampling: 'scene', frames: 2 }),
      embedder,
      { tools },
    );
    expect(frameTimes).toEqual(closeTo([0.5, 2.5]));
  });

  it('looks at the only frame of a video as often as it is asked to', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, '-frames:v', '1', ...H264]);
    const { items, frameTimes } = await embedVideo(clip.path, taskOf({ frames: 3 }), embedder, {
      tools,
    });
    expect(frameTimes).toEqual([0, 0, 0]);
    expect(items[2]!.vector).toEqual(items[0]!.vector);
  });

  it('pools to one vector, and tells how far it is', async () => {
    await using clip = await makeClip(tools, 'clip.mkv', [...PATTERN, ...KEYFRAMES]);
    const done: number[] = [];
    const { items } = await embedVideo(
      clip.path,
      taskOf({ frames: 4, pooling: 'mean' }),
      embedder,
      { tools, onProgress: (seconds) => done.push(seconds) },
    );
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ start: 0, end: expect.closeTo(3, 3) });
    expect(Math.hypot(...items[0]!.vector)).toBeCloseTo(1, 6);
    expect(done).toEqual(closeTo([0, 1, 2, 3]));
  });

  it.each(['png', 'jpeg', 'webp'] as const)('embeds a %s as one frame', async (format) => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'input');
    const { data, info } = await sharp({
      create: { width: 60, height: 40, channels: 3, background: 'teal' },
    })
      .toFormat(format)
      .toBuffer({ resolveWithObject: true });
    await writeFile(path, data);
    const { items, frameTimes } = await embedVideo(path, taskOf(), embedder, { tools });
    expect(frameTimes).toEqual([0]);
    const pixels = await sharp(data).raw().toBuffer();
    const frame = { width: info.width, height: info.height, data: pixels, time: 0 };
    const byHand = await embedder.embed(inTurn([frame]), taskOf());
    expect(items[0]!.vector).toEqual(byHand.rows[0]);
  });

  it('has the vector of a caption of a model that reads it by itself', async () => {
    const { caption } = await embedImages(
      inTurn([plainFrame(0, 1)]),
      taskOf({ caption: 'a grey day' }),
      embedder,
    );
    const [vector] = await embedder.embedTexts!(['a grey day']);
    expect(caption).toEqual({ text: 'a grey day', vector });
  });

  it('gives a caption to a model that takes it together with the pictures', async () => {
    let heard: string | undefined;
    const taking: VideoEmbedder = {
      ...embedder,
      takesCaption: true,
      embed: async (frames, options) => {
        heard = options.caption;
        return await embedder.embed(frames, options);
      },
    };
    const task = taskOf({ caption: 'a grey day' });
    const { caption } = await embedImages(inTurn([plainFrame(0, 1)]), task, taking);
    expect(heard).toBe('a grey day');
    expect(caption).toEqual({ text: 'a grey day' });
  });

  it('refuses a file without video, whatever is to become of a damaged one', async () => {
    await using clip = await makeClip(tools, 'clip.wav', [
      ...['-f', 'lavfi', '-i', 'sine=duration=1'],
    ]);
    await expect(
      embedVideo(clip.path, taskOf({ onDecodeError: 'zeros' }), embedder, { tools }),
    ).rejects.toMatchObject({ code: 'NO_VIDEO_STREAM' });
  });

  it('ends with the reason of an abort', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, ...H264]);
    const controller = new AbortController();
    const reason = new Error('enough');
    await expect(
      embedVideo(clip.path, taskOf({ onDecodeError: 'zeros' }), embedder, {
        tools,
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      }),
    ).rejects.toBe(reason);
  });
});

describe('a video that cannot be decoded', () => {
  /** Its index stands before its pictures, which are missing. */
  async function withoutPictures(path: string): Promise<void> {
    const bytes = await readFile(path);
    const pictures = bytes.indexOf('mdat') + 4;
    await writeFile(path, bytes.fill(0, pictures));
  }

  it('fails unless zeros are asked for', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, ...H264]);
    await withoutPictures(clip.path);
    await expect(
      embedVideo(clip.path, taskOf({ frames: 4 }), embedder, { tools }),
    ).rejects.toMatchObject({ code: 'MEDIA_CORRUPT' });
  });

  it('has zeros at the times that were to be looked at, where they are asked for', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, ...H264]);
    await withoutPictures(clip.path);
    const embedded = await embedVideo(
      clip.path,
      taskOf({ frames: 4, onDecodeError: 'zeros', caption: 'noise' }),
      embedder,
      { tools },
    );
    expect(embedded.failure).toMatchObject({ code: 'MEDIA_CORRUPT' });
    expect(embedded.frameTimes).toEqual(closeTo([0, 1, 2, 3]));
    expect(embedded.dims).toBe(512);
    for (const { vector } of embedded.items) {
      expect(vector).toEqual(new Float32Array(512));
    }
    expect(Math.hypot(...embedded.caption!.vector!)).toBeCloseTo(1, 6);
  });

  it('has zeros a second apart where the file ends before its index', async () => {
    await using clip = await makeClip(tools, 'clip.mp4', [...PATTERN, '-c:v', 'libx264']);
    const bytes = await readFile(clip.path);
    await writeFile(clip.path, bytes.subarray(0, bytes.length / 2));
    const embedded = await embedVideo(
      clip.path,
      taskOf({ frames: 3, onDecodeError: 'zeros', pooling: 'mean' }),
      embedder,
      { tools },
    );
    expect(embedded.failure).toMatchObject({ code: 'MEDIA_CORRUPT' });
    expect(embedded.frameTimes).toEqual([0, 1, 2]);
    expect(embedded.items).toEqual([{ start: 0, end: 2, vector: new Float32Array(512) }]);
  });

  it('is not one that is damaged in part', async () => {
    await using clip = await makeClip(tools, 'clip.ts', [...PATTERN, ...H264]);
    const bytes = await readFile(clip.path);
    await writeFile(clip.path, bytes.subarray(0, bytes.length * 0.5));
    const embedded = await embedVideo(
      clip.path,
      taskOf({ frames: 4, onDecodeError: 'zeros' }),
      embedder,
      { tools },
    );
    expect(embedded).not.toHaveProperty('failure');
    expect(embedded.items).toHaveLength(4);
  });

  it('may be a picture that is cut off', async () => {
    await using scratch = await makeScratchDir();
    const path = join(scratch.path, 'input');
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const png = await sharp({
      create: { width: 64, height: 64, channels: 3, background: 'red', noise },
    })
      .png()
      .toBuffer();
    await writeFile(path, png.subarray(0, png.length / 2));
    await expect(embedVideo(path, taskOf(), embedder, { tools })).rejects.toMatchObject({
      code: 'MEDIA_CORRUPT',
    });
    const { items, failure } = await embedVideo(
      path,
      taskOf({ onDecodeError: 'zeros' }),
      embedder,
      { tools },
    );
    expect(failure).toMatchObject({ code: 'MEDIA_CORRUPT' });
    expect(items).toEqual([{ start: 0, end: 0, vector: new Float32Array(512) }]);
  });
});
