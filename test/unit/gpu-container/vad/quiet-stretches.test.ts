import { describe, expect, it } from '@jest/globals';
import { type PcmReader, pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import {
  quietestSample,
  quietStretches,
} from '../../../../gpu-container/src/vad/quiet-stretches.ts';

const SAMPLE_RATE = 16_000;

/** A tone of some seconds with stretches of another loudness in it. */
function tone(
  seconds: number,
  ...changes: { from: number; to: number; loudness: number }[]
): Float32Array {
  const samples = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  for (let index = 0; index < samples.length; index++) {
    samples[index] = 0.5 * Math.sin(index / 5);
  }
  for (const { from, to, loudness } of changes) {
    const end = Math.round(to * SAMPLE_RATE);
    for (let index = Math.round(from * SAMPLE_RATE); index < end; index++) {
      samples[index]! *= loudness;
    }
  }
  return samples;
}

function expectToCover(spans: readonly { start: number; end: number }[], seconds: number): void {
  expect(spans[0]!.start).toBe(0);
  expect(spans.at(-1)!.end).toBe(seconds);
  expect(spans.slice(1).map(({ start }) => start)).toEqual(
    spans.slice(0, -1).map(({ end }) => end),
  );
}

describe('quietStretches', () => {
  const options = { stretchSeconds: 20, searchSeconds: 3 };

  it('cuts in the pause near the length aimed at', async () => {
    const samples = tone(
      60,
      { from: 18, to: 18.5, loudness: 0.01 },
      { from: 42.2, to: 42.7, loudness: 0.01 },
    );
    const spans = await quietStretches(pcmFromSamples(samples), options);

    expect(spans).toHaveLength(3);
    expectToCover(spans, 60);
    expect(spans[0]!.end).toBeGreaterThanOrEqual(18.1);
    expect(spans[0]!.end).toBeLessThanOrEqual(18.4);
    expect(spans[1]!.end).toBeGreaterThanOrEqual(42.3);
    expect(spans[1]!.end).toBeLessThanOrEqual(42.6);
  });

  it('prefers the quieter of two pauses', async () => {
    const samples = tone(
      40,
      { from: 20, to: 20.6, loudness: 0.1 },
      { from: 22, to: 22.6, loudness: 0.01 },
    );
    const [first] = await quietStretches(pcmFromSamples(samples), options);

    expect(first!.end).toBeGreaterThan(22.1);
    expect(first!.end).toBeLessThan(22.5);
  });

  it('does not look for a pause further away than allowed', async () => {
    const samples = tone(
      40,
      { from: 20.5, to: 21, loudness: 0.5 },
      { from: 25, to: 26, loudness: 0 },
    );
    const [first] = await quietStretches(pcmFromSamples(samples), options);

    expect(first!.end).toBeGreaterThan(20.5);
    expect(first!.end).toBeLessThan(21);
  });

  it('cuts silence into equal parts', async () => {
    const spans = await quietStretches(pcmFromSamples(new Float32Array(60 * SAMPLE_RATE)), options);

    expect(spans).toEqual([
      { start: 0, end: 20 },
      { start: 20, end: 40 },
      { start: 40, end: 60 },
    ]);
  });

  it.each([
    { seconds: 0, stretches: 0 },
    { seconds: 0.5, stretches: 1 },
    { seconds: 20, stretches: 1 },
    { seconds: 29.9, stretches: 1 },
    { seconds: 30, stretches: 2 },
    { seconds: 49.9, stretches: 2 },
    { seconds: 50, stretches: 3 },
  ])('makes $stretches of $seconds s when aiming at 20 s', async ({ seconds, stretches }) => {
    const spans = await quietStretches(pcmFromSamples(tone(seconds)), options);

    expect(spans).toHaveLength(stretches);
    if (stretches > 0) {
      expectToCover(spans, seconds);
    }
  });

  it('keeps stretches in order when the search would reach past the next one', async () => {
    const samples = tone(8, { from: 3.9, to: 4.3, loudness: 0 });
    const spans = await quietStretches(pcmFromSamples(samples), {
      stretchSeconds: 1,
      searchSeconds: 15,
    });

    expectToCover(spans, 8);
    for (const { start, end } of spans) {
      expect(end - start).toBeGreaterThanOrEqual(0.5);
    }
  });

  it('reads only around the cuts, one at a time', async () => {
    const reads: [start: number, count: number][] = [];
    const hour: PcmReader = {
      sampleRate: SAMPLE_RATE,
      sampleCount: 3600 * SAMPLE_RATE,
      async read(start, count) {
        reads.push([start / SAMPLE_RATE, count / SAMPLE_RATE]);
        return new Float32Array(count);
      },
    };
    const spans = await quietStretches(hour, { stretchSeconds: 900, searchSeconds: 2 });

    expect(spans).toHaveLength(4);
    expect(reads).toEqual([
      [898, 4],
      [1798, 4],
      [2698, 4],
    ]);
  });

  it('stops when it is told to', async () => {
    const reason = new Error('no longer wanted');
    const stretches = quietStretches(pcmFromSamples(tone(60)), {
      ...options,
      signal: AbortSignal.abort(reason),
    });

    await expect(stretches).rejects.toBe(reason);
  });
});

describe('quietestSample', () => {
  it('takes the middle of the pause', () => {
    const samples = tone(3, { from: 1, to: 1.3, loudness: 0 });

    expect(quietestSample(samples)).toBe(1.15 * SAMPLE_RATE);
  });

  it('passes over a dip shorter than a pause', () => {
    const samples = tone(
      4,
      { from: 1, to: 1.05, loudness: 0 },
      { from: 2.5, to: 2.8, loudness: 0.1 },
    );

    expect(quietestSample(samples)).toBe(2.65 * SAMPLE_RATE);
  });

  it('takes the closest to the middle of equal pauses', () => {
    const samples = tone(4, { from: 0, to: 0.5, loudness: 0 }, { from: 2.2, to: 2.5, loudness: 0 });

    expect(quietestSample(samples)).toBe(2.35 * SAMPLE_RATE);
  });

  it('takes the middle of too little audio', () => {
    expect(quietestSample(tone(0.1))).toBe(800);
  });
});
