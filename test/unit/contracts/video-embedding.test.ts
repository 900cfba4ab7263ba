import { describe, expect, it } from '@jest/globals';
import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { requestIssues } from '#contracts/request-issues.ts';

const input = { s3: { bucket: 'media', key: 'a.mp4' } };
const read = (tasks: object) => jobRequestSchema.safeParse({ input, tasks });
const found = (videoEmbedding: object, rest: object = {}) =>
  findUnavailable(jobRequestSchema.parse({ input, tasks: { videoEmbedding }, ...rest })).map(
    ({ code, path }) => [code, path],
  );
const taskOf = (videoEmbedding: object) =>
  read({ videoEmbedding }).data?.tasks.videoEmbedding ?? {};

describe('a request for embeddings of a video', () => {
  it('has its defaults written out', () => {
    expect(taskOf({})).toEqual({
      required: true,
      model: 'clip-vit-b32',
      sampling: 'uniform',
      frames: 10,
      granularity: 'frame',
      pooling: 'mean',
      augmentation: 'none',
      onDecodeError: 'fail',
    });
  });

  it.each([
    [{ model: 'vjepa2-vitl-fpc64-256' }, { frames: 64, granularity: 'slice', pooling: 'mean' }],
    [{ model: 'vjepa2-vitl-fpc64-256', granularity: 'token' }, { pooling: 'none' }],
    [{ model: 'qwen3-vl-embedding-2b' }, { frames: 10, granularity: 'video', pooling: 'none' }],
    [
      { model: 'qwen3-vl-embedding-8b-q4', granularity: 'frame' },
      { granularity: 'frame', pooling: 'mean' },
    ],
    [{ sampling: 'fps' }, { frames: 2048 }],
    [{ sampling: 'fps', model: 'qwen3-vl-embedding-2b' }, { frames: 64 }],
    [{ caption: '  a red car ' }, { caption: 'a red car' }],
  ])('has what the model decides written out: %j', (asked, written) => {
    expect(taskOf(asked)).toMatchObject(written);
  });

  it('makes arrays unless told otherwise', () => {
    expect(read({ videoEmbedding: {} }).data?.outputs).toEqual(['json', 'npy']);
  });

  it.each([
    [{ sampling: 'random' }, 'sampling'],
    [{ frames: 0 }, 'frames'],
    [{ frames: 2049 }, 'frames'],
    [{ fps: 0 }, 'fps'],
    [{ granularity: 'scene' }, 'granularity'],
    [{ pooling: 'median' }, 'pooling'],
    [{ augmentation: 'rotate' }, 'augmentation'],
    [{ caption: '   ' }, 'caption'],
    [{ onDecodeError: 'ignore' }, 'onDecodeError'],
  ])('is refused with %j', (videoEmbedding, option) => {
    const { error } = read({ videoEmbedding });

    expect(error && requestIssues(error).map(({ path }) => path)).toEqual([
      `tasks.videoEmbedding.${option}`,
    ]);
  });

  it.each([
    {},
    { model: 'clip-vit-b32-fp16', sampling: 'fps', fps: 0.5, augmentation: 'crops' },
    { caption: 'a red car' },
    { model: 'vjepa2-vitl-fpc64-256', granularity: 'token' },
    { model: 'vjepa2-vitl-fpc64-256', granularity: 'frame', pooling: 'none', augmentation: 'flip' },
    { model: 'qwen3-vl-embedding-2b', dims: 64 },
    { model: 'qwen3-vl-embedding-8b', dims: 4096, caption: 'a red car' },
    { model: 'deterministic', sampling: 'scene', pooling: 'thirds' },
  ])('can be met with %j', (videoEmbedding) => {
    expect(found(videoEmbedding)).toEqual([]);
  });

  it.each([
    [{ fps: 2 }, 'fps'],
    [{ granularity: 'slice' }, 'granularity'],
    [{ model: 'vjepa2-vitl-fpc64-256', frames: 66 }, 'frames'],
    [{ model: 'vjepa2-vitl-fpc64-256', frames: 15 }, 'frames'],
    [{ model: 'vjepa2-vitl-fpc64-256', caption: 'a red car' }, 'caption'],
    [{ model: 'vjepa2-vitl-fpc64-256', granularity: 'token', pooling: 'mean' }, 'pooling'],
    [
      { model: 'vjepa2-vitl-fpc64-256', granularity: 'token', augmentation: 'flip' },
      'augmentation',
    ],
    [{ model: 'qwen3-vl-embedding-2b', pooling: 'max' }, 'pooling'],
    [{ model: 'qwen3-vl-embedding-2b', augmentation: 'flip' }, 'augmentation'],
    [{ model: 'qwen3-vl-embedding-2b', dims: 63 }, 'dims'],
    [{ model: 'qwen3-vl-embedding-2b', dims: 2049 }, 'dims'],
    [{ model: 'qwen3-vl-embedding-2b', frames: 65 }, 'frames'],
    [{ dims: 256 }, 'dims'],
  ])('cannot be met with %j', (videoEmbedding, option) => {
    expect(found(videoEmbedding)).toEqual([['INVALID_REQUEST', `tasks.videoEmbedding.${option}`]]);
  });

  it('cannot be met by tokens that have no file to be in', () => {
    const tokens = { model: 'vjepa2-vitl-fpc64-256', granularity: 'token' };

    expect(found(tokens, { outputs: ['json'] })).toEqual([
      ['INVALID_REQUEST', 'tasks.videoEmbedding.granularity'],
    ]);
  });

  it('cannot be met by a model that there is not', () => {
    expect(found({ model: 'all-minilm-l6-v2', fps: 2 })).toEqual([
      ['MODEL_NOT_FOUND', 'tasks.videoEmbedding.model'],
    ]);
  });
});
