import { describe, expect, it } from '@jest/globals';
import { listenInStretches } from '../../../../../gpu-container/src/transcribe/moonshine/stretches.ts';

const SAMPLE_RATE = 16_000;

/** A tone with one pause. */
function toneWithPause(seconds: number, pauseAt: number): Float32Array {
  const pause = [pauseAt * SAMPLE_RATE, (pauseAt + 0.2) * SAMPLE_RATE];
  return Float32Array.from({ length: seconds * SAMPLE_RATE }, (_, at) =>
    at >= pause[0]! && at < pause[1]! ? 0 : Math.sin(at / 5),
  );
}

/** Repeats itself on everything longer than so many seconds. */
const repeatsAbove = (seconds: number) => async (samples: Float32Array) => ({
  repeats: samples.length > seconds * SAMPLE_RATE,
});

describe('listenInStretches', () => {
  it('leaves a window whole where nothing is repeated', async () => {
    const samples = toneWithPause(20, 9);
    expect(await listenInStretches(samples, repeatsAbove(30))).toEqual([
      { start: 0, end: samples.length, heard: { repeats: false } },
    ]);
  });

  it('cuts a window where it is quietest', async () => {
    const samples = toneWithPause(20, 8);
    const [before, after] = await listenInStretches(samples, repeatsAbove(15));

    expect(before!.end / SAMPLE_RATE).toBeGreaterThan(8);
    expect(before!.end / SAMPLE_RATE).toBeLessThan(8.2);
    expect(after).toEqual({ start: before!.end, end: samples.length, heard: { repeats: false } });
  });

  it('covers the window without gaps however often it is cut', async () => {
    const stretches = await listenInStretches(toneWithPause(30, 14), repeatsAbove(8));

    expect(stretches.length).toBeGreaterThan(3);
    expect(stretches[0]!.start).toBe(0);
    expect(stretches.at(-1)!.end).toBe(30 * SAMPLE_RATE);
    for (const [index, { start }] of stretches.slice(1).entries()) {
      expect(start).toBe(stretches[index]!.end);
    }
  });

  it('takes a short stretch as it is', async () => {
    const stretches = await listenInStretches(toneWithPause(7, 3), repeatsAbove(0));
    expect(stretches).toEqual([{ start: 0, end: 7 * SAMPLE_RATE, heard: { repeats: true } }]);
  });
});
