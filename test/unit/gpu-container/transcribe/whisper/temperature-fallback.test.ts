import { describe, expect, it } from '@jest/globals';
import type { WindowResult } from '../../../../../gpu-container/src/transcribe/recognizer.ts';
import { decodeWithFallback } from '../../../../../gpu-container/src/transcribe/whisper/temperature-fallback.ts';

const GOOD = { avgLogprob: -0.3, noSpeechProb: 0.1, compressionRatio: 1.4 };

function result(scores: Partial<typeof GOOD>, temperature: number): WindowResult {
  const nothing = { segments: [], tokens: [], settledTokens: [], settledSamples: 1 };
  return { ...GOOD, ...nothing, ...scores, temperature };
}

/** Runs the fallback over results given by temperature, and says what was tried. */
async function fall(byTemperature: Record<number, Partial<typeof GOOD>>) {
  const tried: number[] = [];
  const temperatures = Object.keys(byTemperature)
    .map(Number)
    .toSorted((a, b) => a - b);
  const results = await decodeWithFallback(temperatures, ['window'], async (temperature) => {
    tried.push(temperature);
    return [result(byTemperature[temperature]!, temperature)];
  });
  return { temperature: results[0]!.temperature, tried };
}

describe('decodeWithFallback', () => {
  it('stops at the first good result', async () => {
    expect(await fall({ 0: {}, 0.2: {} })).toEqual({ temperature: 0, tried: [0] });
  });

  it('goes on after a repetition loop', async () => {
    expect(await fall({ 0: { compressionRatio: 2.5 }, 0.2: {} })).toMatchObject({
      temperature: 0.2,
    });
  });

  it('goes on after an improbable result', async () => {
    expect(await fall({ 0: { avgLogprob: -1.1 }, 0.2: {} })).toMatchObject({ temperature: 0.2 });
  });

  it('takes silence as it is', async () => {
    const silence = { avgLogprob: -1.1, noSpeechProb: 0.7 };

    expect(await fall({ 0: silence, 0.2: {} })).toEqual({ temperature: 0, tried: [0] });
  });

  it('keeps the most probable result that is no loop when none satisfies', async () => {
    const results = {
      0: { compressionRatio: 9, avgLogprob: -0.1 },
      0.2: { avgLogprob: -1.8 },
      0.4: { avgLogprob: -1.2 },
      0.6: { avgLogprob: -1.5 },
    };

    expect(await fall(results)).toEqual({ temperature: 0.4, tried: [0, 0.2, 0.4, 0.6] });
  });

  it('decodes again only what has no good result, in one batch', async () => {
    const batches: [number, string[]][] = [];
    const results = await decodeWithFallback(
      [0, 0.2, 0.4],
      ['good', 'loop', 'better later', 'too long'],
      async (temperature, windows) => {
        batches.push([temperature, [...windows]]);
        return windows.map((window) =>
          window === 'good' || (window === 'better later' && temperature > 0)
            ? result({}, temperature)
            : result({ compressionRatio: 5 }, temperature),
        );
      },
      (window) => window !== 'too long',
    );

    expect(batches).toEqual([
      [0, ['good', 'loop', 'better later', 'too long']],
      [0.2, ['loop', 'better later']],
      [0.4, ['loop']],
    ]);
    expect(results.map(({ temperature }) => temperature)).toEqual([0, 0, 0.2, 0]);
  });

  it('refuses an empty list of temperatures', async () => {
    await expect(fall({})).rejects.toThrow(RangeError);
  });
});
