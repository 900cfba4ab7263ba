import { expect, it } from '@jest/globals';
import { createRandom } from '../../../../../bench/diarize/mixture/random.ts';

function draw<Value>(count: number, next: () => Value): Value[] {
  return Array.from({ length: count }, next);
}

it('gives the same numbers for the same seed, and others for another', () => {
  const numbers = (seed: number) => {
    const { uniform } = createRandom(seed);
    return draw(5, () => uniform(0, 1));
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
});

it('spreads numbers evenly over a range', () => {
  const { uniform } = createRandom(1);
  const numbers = draw(20_000, () => uniform(2, 4));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...numbers)).toBeLessThan(4);
  for (const quarter of [2, 2.5, 3, 3.5]) {
    const inside = numbers.filter((number) => number >= quarter && number < quarter + 0.5);
    expect(inside.length / numbers.length).toBeCloseTo(0.25, 1);
  }
});

it('gives normal numbers of mean 0 and deviation 1', () => {
  const { normal } = createRandom(2);
  const numbers = draw(20_000, normal);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(numbers)).toBeCloseTo(0, 1);
  expect(mean(numbers.map((number) => number ** 2))).toBeCloseTo(1, 1);
  expect(mean(numbers.map((number) => number ** 4))).toBeCloseTo(3, 0);
});

it('draws indices as often as they weigh, and never one of no weight', () => {
  const { weighted } = createRandom(3);
  const drawn = draw(20_000, () => weighted([0, 3, 0, 1]));
  expect(new Set(drawn)).toEqual(new Set([1, 3]));
  expect(drawn.filter((index) => index === 1).length / drawn.length).toBeCloseTo(0.75, 1);
});

it('shuffles without losing anything', () => {
  const items = draw(20, () => 0).map((_, index) => index);
  const shuffled = createRandom(4).shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
});
