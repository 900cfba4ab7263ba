import { describe, expect, it } from '@jest/globals';
import {
  chooseMostProbable,
  drawTokens,
  forceTokens,
} from '../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';

const NEVER = Number.NEGATIVE_INFINITY;

function draw(times: number, logits: number[], temperature: number, seed = 1): number[] {
  const choose = drawTokens(temperature, seed);
  return Array.from({ length: times }, () => choose(Float32Array.from(logits), []));
}

describe('chooseMostProbable', () => {
  it('takes the largest logit, the first of equals', () => {
    expect(chooseMostProbable(Float32Array.of(1, 3, 3, NEVER), [])).toBe(1);
  });
});

describe('drawTokens', () => {
  it('draws in proportion to the probabilities', () => {
    const drawn = draw(4000, [Math.log(0.5), Math.log(0.3), Math.log(0.2)], 1);
    const share = (token: number) => drawn.filter((other) => other === token).length / 4000;

    expect(share(0)).toBeCloseTo(0.5, 1);
    expect(share(1)).toBeCloseTo(0.3, 1);
    expect(share(2)).toBeCloseTo(0.2, 1);
  });

  it('draws the best more often the colder it is', () => {
    const share = (temperature: number) =>
      draw(1000, [1, 0], temperature).filter((token) => token === 0).length / 1000;

    expect(share(0.2)).toBeGreaterThan(0.98);
    expect(share(1)).toBeLessThan(0.8);
  });

  it('never draws what is forbidden', () => {
    expect(new Set(draw(500, [NEVER, 0, NEVER, 0, NEVER], 1))).toEqual(new Set([1, 3]));
  });

  it('repeats itself with the same seed only', () => {
    const logits = [0, 0, 0, 0];

    expect(draw(50, logits, 1, 7)).toEqual(draw(50, logits, 1, 7));
    expect(draw(50, logits, 1, 7)).not.toEqual(draw(50, logits, 1, 8));
  });
});

describe('forceTokens', () => {
  it('writes the text and then its end, whatever is probable', () => {
    const choose = forceTokens([7, 8], 99);
    const logits = Float32Array.of(1, 2);

    expect([[], [7], [7, 8]].map((written) => choose(logits, written))).toEqual([7, 8, 99]);
  });
});
