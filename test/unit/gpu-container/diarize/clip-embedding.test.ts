import { describe, expect, it } from '@jest/globals';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import {
  clipsByStretch,
  stretchesByClip,
} from '../../../../gpu-container/src/diarize/clip-embedding.ts';
import type { SpeakerEmbedder } from '../../../../gpu-container/src/diarize/speaker-embedder.ts';
import type { StretchEmbedder } from '../../../../gpu-container/src/diarize/stretch-embedder.ts';

const SAMPLE_RATE = 16_000;
const MIN_SAMPLES = 4_000;

/** To it a clip sounds like its level on the one hand and its length in seconds on the other. */
function levelEmbedder(): SpeakerEmbedder & { clipsAtOnce: number[] } {
  const clipsAtOnce: number[] = [];
  return {
    clipsAtOnce,
    modelId: 'levels',
    dims: 2,
    minSamples: MIN_SAMPLES,
    embed: async (clips) => {
      clipsAtOnce.push(clips.length);
      return clips.map((clip) =>
        clip.length < MIN_SAMPLES
          ? undefined
          : Float32Array.of(clip[0]!, clip.length / SAMPLE_RATE),
      );
    },
    dispose: async () => {},
  };
}

/** Each second is a step louder than the one before. */
function staircase(seconds: number) {
  return pcmFromSamples(
    Float32Array.from({ length: seconds * SAMPLE_RATE }, (_, n) => Math.floor(n / SAMPLE_RATE)),
  );
}

describe('stretches embedded clip by clip', () => {
  it('are those of the recording, in order, the too short ones without', async () => {
    const embedder = stretchesByClip(levelEmbedder());
    const stretches = [
      { start: 1, end: 2.5 },
      { start: 2, end: 2.1 },
      { start: 3, end: 3.5 },
    ];

    expect(await embedder.embedStretches(staircase(5), stretches)).toEqual([
      Float32Array.of(1, 1.5),
      undefined,
      Float32Array.of(3, 0.5),
    ]);
    expect(embedder).toMatchObject({ modelId: 'levels', dims: 2 });
  });

  it('are read a few at a time, however many there are, and progress is told in between', async () => {
    const levels = levelEmbedder();
    const done: number[] = [];
    const stretches = Array.from({ length: 100 }, (_, at) => ({ start: at, end: at + 1 }));
    const embeddings = await stretchesByClip(levels).embedStretches(staircase(100), stretches, {
      onProgress: (seconds) => done.push(seconds),
    });

    expect(embeddings.map((embedding) => embedding?.[0])).toEqual([...Array(100).keys()]);
    expect(Math.max(...levels.clipsAtOnce)).toBeLessThan(50);
    expect(done).toEqual(done.toSorted((one, other) => one - other));
    expect(done.at(-1)).toBe(100);
  });

  it('are left where the work is stopped', async () => {
    const reason = new Error('enough');
    const embedding = stretchesByClip(levelEmbedder()).embedStretches(
      staircase(2),
      [{ start: 0, end: 1 }],
      { signal: AbortSignal.abort(reason) },
    );

    await expect(embedding).rejects.toBe(reason);
  });
});

describe('clips embedded as stretches of recordings of their own', () => {
  /** Hears the level of a stretch alone. */
  const stretchEmbedder: StretchEmbedder = {
    modelId: 'levels',
    dims: 2,
    embedStretches: async (pcm, stretches) =>
      Promise.all(
        stretches.map(async ({ start }) => {
          const [level = 0] = await pcm.read(start * SAMPLE_RATE, 1);
          return Float32Array.of(Math.cos(level), Math.sin(level));
        }),
      ),
    dispose: async () => {},
  };

  it('have a vector each, of unit length however long they are', async () => {
    const embedder = clipsByStretch(stretchEmbedder, MIN_SAMPLES);
    const [short, long, none] = await embedder.embed([
      new Float32Array(SAMPLE_RATE).fill(0.5),
      new Float32Array(12 * SAMPLE_RATE).fill(1),
      new Float32Array(MIN_SAMPLES - 1),
    ]);

    const directionOf = ([x = 0, y = 0]: Float32Array) => Math.atan2(y, x);
    expect(directionOf(short!)).toBeCloseTo(0.5);
    expect(directionOf(long!)).toBeCloseTo(1);
    expect(Math.hypot(...long!)).toBeCloseTo(1);
    expect(none).toBeUndefined();
  });
});
