import { describe, expect, it } from '@jest/globals';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import {
  fillBatch,
  START,
  settledSeconds,
  windowReader,
} from '../../../../gpu-container/src/transcribe/window-pool.ts';

const SAMPLE_RATE = 16_000;
const SPANS = [
  { start: 1, end: 4 },
  { start: 5, end: 15 },
  { start: 20, end: 22.5 },
];

describe('fillBatch', () => {
  it('opens no more spans than the batch has room for', () => {
    const cursor = fillBatch(START, SPANS, 2);

    expect(cursor).toEqual({
      next: 2,
      open: [
        { span: 0, seekSamples: 0 },
        { span: 1, seekSamples: 0 },
      ],
    });
  });

  it('opens no more spans than there are', () => {
    expect(fillBatch(START, SPANS, 9)).toMatchObject({ next: 3, open: [{}, {}, {}] });
  });

  it('keeps what is open, even where that is more than the batch', () => {
    const open = [
      { span: 0, seekSamples: 7 },
      { span: 1, seekSamples: 8, windowSamples: 9 },
    ];

    expect(fillBatch({ next: 2, open }, SPANS, 1)).toEqual({ next: 2, open });
    expect(fillBatch({ next: 2, open }, SPANS, 3)).toEqual({
      next: 3,
      open: [...open, { span: 2, seekSamples: 0 }],
    });
  });
});

describe('settledSeconds', () => {
  it.each([
    ['nothing at the start', START, 0],
    ['nothing of what is only opened', { next: 1, open: [{ span: 0, seekSamples: 0 }] }, 0],
    [
      'spans that are done, and what is settled of open ones',
      { next: 2, open: [{ span: 1, seekSamples: 4 * SAMPLE_RATE }] },
      7,
    ],
    ['all at the end', { next: 3, open: [] }, 15.5],
  ])('counts %s', (_, cursor, seconds) => {
    expect(settledSeconds(cursor, SPANS)).toBeCloseTo(seconds);
  });
});

describe('windowReader', () => {
  const pcm = pcmFromSamples(Float32Array.from({ length: 22 * SAMPLE_RATE }, (_, n) => n));
  const reader = windowReader(pcm, SPANS, 6 * SAMPLE_RATE);

  it('reads the longest window that the span and the recogniser allow', async () => {
    const { window, range, spanEnd } = await reader.read({ span: 1, seekSamples: SAMPLE_RATE });

    expect(range).toEqual({ start: 6 * SAMPLE_RATE, end: 12 * SAMPLE_RATE });
    expect(spanEnd).toBe(15 * SAMPLE_RATE);
    expect(window.samples[0]).toBe(6 * SAMPLE_RATE);
    expect(window.samples).toHaveLength(6 * SAMPLE_RATE);
  });

  it('reads a shorter window where a longer one made no sense', async () => {
    const { range } = await reader.read({ span: 1, seekSamples: 0, windowSamples: SAMPLE_RATE });

    expect(range).toEqual({ start: 5 * SAMPLE_RATE, end: 6 * SAMPLE_RATE });
  });

  it.each([
    ['the end of its span', 5, true],
    ['the middle of it', 3, false],
  ])('knows of a window that ends at %s whether it ends in a pause', async (_, seek, inPause) => {
    const at = { span: 1, seekSamples: seek * SAMPLE_RATE };

    expect((await reader.read(at)).window.endsInPause).toBe(inPause);
  });

  it('reads no further than the recording', async () => {
    const { window, range, spanEnd } = await reader.read({ span: 2, seekSamples: 0 });

    expect(range).toEqual({ start: 20 * SAMPLE_RATE, end: 22 * SAMPLE_RATE });
    expect(spanEnd).toBe(22 * SAMPLE_RATE);
    expect(window).toMatchObject({ endsInPause: true, samples: { length: 2 * SAMPLE_RATE } });
  });

  it('tells what was written before, where anything was', async () => {
    const before = await reader.read({ span: 0, seekSamples: 0, previousTokens: [1, 2] });
    const nothing = await reader.read({ span: 0, seekSamples: 0 });

    expect(before.window.previousTokens).toEqual([1, 2]);
    expect(nothing.window).not.toHaveProperty('previousTokens');
  });
});
