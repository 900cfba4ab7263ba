import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDeterministicVideo } from '../../../../../gpu-container/src/embed/deterministic/deterministic-video.ts';
import { openVideoEmbedderThread } from '../../../../../gpu-container/src/embed/thread/open-video-embedder-thread.ts';
import type {
  Frame,
  VideoEmbedder,
} from '../../../../../gpu-container/src/embed/video/video-embedder.ts';

const OPTIONS = { granularity: 'frame', augmentation: 'none' } as const;
const WIDTH = 16;
const HEIGHT = 9;

function frame(time: number): Frame {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => at * (time + 1));
  return { width: WIDTH, height: HEIGHT, data, time };
}

async function* frames(count: number): AsyncGenerator<Frame> {
  for (let time = 0; time < count; time++) {
    yield frame(time);
  }
}

describe('openVideoEmbedderThread', () => {
  const here = openDeterministicVideo();
  let there: VideoEmbedder;

  beforeAll(async () => {
    there = await openVideoEmbedderThread('deterministic', 'cpu');
  });

  afterAll(() => there.dispose());

  it('is the embedder that it opens', async () => {
    const { model, version, dims, takesCaption } = here;
    expect(there).toMatchObject({ model, version, dims, takesCaption });
    expect(await there.embedTexts!(['a cat'])).toEqual(await here.embedTexts!(['a cat']));
  });

  it('embeds frames as this thread does, and tells of each', async () => {
    const seconds: number[] = [];
    const onProgress = (second: number) => seconds.push(second);
    const rows = await there.embed(frames(30), { ...OPTIONS, onProgress });
    expect(rows).toEqual(await here.embed(frames(30), OPTIONS));
    expect(seconds).toEqual(rows.frameTimes);
  });

  it('leaves alone the memory that frames share with others', async () => {
    const shared = new Uint8Array(2 * WIDTH * HEIGHT * 3).fill(7);
    const data = shared.subarray(0, WIDTH * HEIGHT * 3);
    async function* one() {
      yield { width: WIDTH, height: HEIGHT, data, time: 0 };
    }
    await there.embed(one(), OPTIONS);
    expect(data).toHaveLength(WIDTH * HEIGHT * 3);
  });

  it('embeds several videos at a time', async () => {
    const counts = [3, 1, 5];
    const all = await Promise.all(counts.map((count) => there.embed(frames(count), OPTIONS)));
    expect(all.map(({ rows }) => rows.length)).toEqual(counts);
  });

  it('rejects with the error of the frames itself, and lets go of them', async () => {
    const error = new Error('the file breaks off');
    async function* failing() {
      yield frame(0);
      throw error;
    }
    await expect(there.embed(failing(), OPTIONS)).rejects.toBe(error);
  });

  it('rejects what it cannot do, and does not wait for frames', async () => {
    let isClosed = false;
    async function* endless() {
      try {
        for (let time = 0; ; time++) {
          yield frame(time);
        }
      } finally {
        isClosed = true;
      }
    }
    const embedding = there.embed(endless(), { ...OPTIONS, augmentation: 'flip' });
    await expect(embedding).rejects.toThrow('flip');
    expect(isClosed).toBe(true);
    await expect(there.embed(frames(0), OPTIONS)).rejects.toThrow('no frames');
  });

  it('stops between frames when it is told to, with the reason given', async () => {
    const stop = new AbortController();
    const reason = new Error('caller left');
    async function* endless() {
      for (let time = 0; ; time++) {
        if (time === 20) {
          stop.abort(reason);
        }
        yield frame(time);
      }
    }
    const embedding = there.embed(endless(), { ...OPTIONS, signal: stop.signal });
    await expect(embedding).rejects.toBe(reason);
  });

  it('rejects with the code of what could not be opened', async () => {
    await expect(openVideoEmbedderThread('no-such-model', 'cpu')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });
});
