import { describe, expect, it } from '@jest/globals';
import { fourierTransform } from '../../../../../gpu-container/src/transcribe/mel/fourier.ts';

/** A signal without symmetry that a mistaken index could hide behind. */
function signal(size: number, phase: number): Float64Array {
  return Float64Array.from({ length: size }, (_, n) => Math.sin(n * n * 0.37 + phase) + n / size);
}

function definition(re: Float64Array, im: Float64Array): { re: number; im: number }[] {
  return Array.from(re, (_, k) => {
    let [sumRe, sumIm] = [0, 0];
    for (let n = 0; n < re.length; n++) {
      const angle = (-2 * Math.PI * k * n) / re.length;
      sumRe += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
      sumIm += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
    }
    return { re: sumRe, im: sumIm };
  });
}

describe('fourierTransform', () => {
  it.each([4, 5, 20, 25, 64, 400])('computes the definition for %i points', (size) => {
    const [re, im] = [signal(size, 0), signal(size, 1)];
    const expected = definition(re, im);
    fourierTransform(size)(re, im);

    for (const [k, { re: expectedRe, im: expectedIm }] of expected.entries()) {
      expect(re[k]).toBeCloseTo(expectedRe, 9);
      expect(im[k]).toBeCloseTo(expectedIm, 9);
    }
  });

  it('gives the same again for the same input', () => {
    const transform = fourierTransform(400);
    const results = [0, 1].map(() => {
      const [re, im] = [signal(400, 0), signal(400, 1)];
      transform(re, im);
      return [...re, ...im];
    });

    expect(results[1]).toEqual(results[0]);
  });

  it('refuses a size that is not a product of fours and fives', () => {
    expect(() => fourierTransform(12)).toThrow(RangeError);
  });
});
