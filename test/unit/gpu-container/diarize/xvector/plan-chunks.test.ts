import { describe, expect, it } from '@jest/globals';
import type { Stretch } from '../../../../../gpu-container/src/diarize/stretch-embedder.ts';
import {
  planChunks,
  type StretchChunk,
} from '../../../../../gpu-container/src/diarize/xvector/plan-chunks.ts';
import {
  FRAME_SPAN_SAMPLES,
  FRAME_STEP_SAMPLES,
  frameCount,
} from '../../../../../gpu-container/src/diarize/xvector/xvector-graph.ts';
import { seededRandom } from '../cluster/seeded-vectors.ts';

const SAMPLE_RATE = 16_000;
const STEP_SECONDS = FRAME_STEP_SAMPLES / SAMPLE_RATE;
/** From the start of a frame to its middle. */
const MARGIN_SECONDS = FRAME_SPAN_SAMPLES / 2 / SAMPLE_RATE;

const plan = (stretches: readonly Stretch[], seconds: number) =>
  planChunks(stretches, Math.round(seconds * SAMPLE_RATE));

const indexesOf = (chunks: readonly StretchChunk[]) =>
  chunks.flatMap(({ stretches }) => stretches.map(({ index }) => index));

/** From the middle of a chunk's first frame to that of its last, of those that a stretch has. */
function middlesOf(chunk: StretchChunk, { fromFrame, toFrame }: StretchChunk['stretches'][0]) {
  const middle = (frame: number) =>
    chunk.startSample / SAMPLE_RATE + MARGIN_SECONDS + frame * STEP_SECONDS;
  return [middle(fromFrame), middle(toFrame - 1)] as const;
}

/** Some of each length, by their start, all over a recording. */
function scatteredStretches(seed: number, seconds: number, count: number): Stretch[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const length = 0.35 + random() * 4.65;
    const start = random() * (seconds - length);
    return { start, end: start + length };
  }).toSorted((one, other) => one.start - other.start);
}

describe('chunks of a recording', () => {
  it.each([
    [1, 61.7, 300],
    [2, 300, 40],
    [3, 9.3, 30],
    [4, 10.2, 30],
  ])('have each stretch in one of them, inside it (%d)', (seed, seconds, count) => {
    const stretches = scatteredStretches(seed, seconds, count);
    const chunks = plan(stretches, seconds);

    const total = Math.round(seconds * SAMPLE_RATE);
    const planned = new Set(indexesOf(chunks));
    expect(indexesOf(chunks)).toHaveLength(planned.size);
    for (const chunk of chunks) {
      expect(chunk.startSample).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(chunk.startSample)).toBe(true);
      expect(chunk.startSample + chunk.sampleCount).toBeLessThanOrEqual(total);
      expect(chunk.sampleCount).toBe(Math.min(total, 10 * SAMPLE_RATE));
      expect(chunk.frames).toBe(frameCount(chunk.sampleCount));
    }
    // Only at the very ends of a recording can there be too little of a stretch.
    const inTheMiddle = [...stretches.entries()].filter(
      ([, { start, end }]) => start >= MARGIN_SECONDS && end <= seconds - MARGIN_SECONDS,
    );
    expect(inTheMiddle.length).toBeGreaterThan(count / 2);
    expect(inTheMiddle.filter(([index]) => !planned.has(index))).toEqual([]);
  });

  it('give a stretch the frames whose middles are in it, as far as the recording has them', () => {
    for (const seconds of [8, 45]) {
      const stretches = scatteredStretches(5, seconds, 80);
      for (const chunk of plan(stretches, seconds)) {
        for (const member of chunk.stretches) {
          const { start, end } = stretches[member.index]!;
          const [first, last] = middlesOf(chunk, member);
          const earliest = Math.max(start, MARGIN_SECONDS);
          const latest = Math.min(end, seconds - MARGIN_SECONDS);
          // To a sample, for frames of an odd number of samples.
          const slack = 1.5 / SAMPLE_RATE;
          expect(first).toBeGreaterThanOrEqual(earliest - slack);
          expect(first - earliest).toBeLessThanOrEqual(STEP_SECONDS + slack);
          expect(last).toBeLessThanOrEqual(latest + slack);
          expect(latest - last).toBeLessThanOrEqual(STEP_SECONDS + slack);
          expect(member.fromFrame).toBeGreaterThanOrEqual(0);
          expect(member.toFrame).toBeLessThanOrEqual(chunk.frames);
        }
      }
    }
  });

  it('are shared by the stretches that fit, so that little is computed twice', () => {
    const stretches = Array.from({ length: 233 }, (_, hop) => ({
      start: hop / 4,
      end: hop / 4 + 1.5,
    }));
    const chunks = plan(stretches, 60);

    expect(indexesOf(chunks)).toEqual([...stretches.keys()]);
    expect(chunks.length).toBeLessThanOrEqual(8);
  });

  it('skip what has no stretch in it', () => {
    const [first, second, ...rest] = plan(
      [
        { start: 100, end: 102 },
        { start: 900, end: 903 },
      ],
      3600,
    );
    expect(first!.startSample / SAMPLE_RATE).toBeCloseTo(100 - MARGIN_SECONDS, 3);
    expect(second!.startSample / SAMPLE_RATE).toBeCloseTo(900 - MARGIN_SECONDS, 3);
    expect(rest).toEqual([]);
  });

  it('leave out stretches of much less than a quarter of a second', () => {
    const short = { start: 30, end: 30.23 };
    const long = { start: 30, end: 30.27 };
    expect(plan([short], 60)).toEqual([]);
    expect(indexesOf(plan([short, long, short], 60))).toEqual([1]);
  });

  it('are whole at the end of a recording, and no longer than a short one', () => {
    const [chunk] = plan([{ start: 58.5, end: 60 }], 60);
    expect(chunk).toMatchObject({ startSample: 50 * SAMPLE_RATE, sampleCount: 10 * SAMPLE_RATE });
    expect(chunk!.stretches[0]!.toFrame).toBe(chunk!.frames);

    const [short, ...rest] = plan(
      [
        { start: 0, end: 1.5 },
        { start: 0.5, end: 2 },
      ],
      2,
    );
    expect(short).toMatchObject({ startSample: 0, sampleCount: 2 * SAMPLE_RATE });
    expect(short!.stretches.map(({ index }) => index)).toEqual([0, 1]);
    expect(rest).toEqual([]);
  });

  it('are none of a recording that is too short for a frame, or without stretches', () => {
    expect(plan([{ start: 0, end: 0.29 }], 0.29)).toEqual([]);
    expect(plan([], 60)).toEqual([]);
  });

  it('do not take a stretch that would not fit', () => {
    expect(() => plan([{ start: 1, end: 6.1 }], 60)).toThrow(RangeError);
    expect(indexesOf(plan([{ start: 1, end: 6 }], 60))).toEqual([0]);
  });
});
