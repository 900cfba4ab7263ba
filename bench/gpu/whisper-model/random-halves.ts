/// <reference lib="esnext.float16" />
import { createRandom } from '../../diarize/mixture/random.ts';

/** Bytes of so many numbers in half precision, of mean 0 and this standard deviation. */
export type RandomHalves = (count: number, deviation: number) => Uint8Array;

/** Numbers that are drawn; weights of more of them repeat these, begun elsewhere. */
const DRAWN = 2 ** 20;

/**
 * Numbers for the weights of large models, made about as fast as they can be
 * written: how fast a model computes does not depend on whether some are equal.
 *
 * @param seed a whole number; the same numbers for the same one
 */
export function randomHalves(seed: number): RandomHalves {
  const random = createRandom(seed);
  const drawn = Float32Array.from({ length: DRAWN }, () => random.normal());
  const scaled = new Map<number, Float16Array>();
  const ofDeviation = (deviation: number) => {
    const numbers = scaled.get(deviation) ?? new Float16Array(drawn.map((x) => x * deviation));
    scaled.set(deviation, numbers);
    return numbers;
  };
  return (count, deviation) => {
    const source = ofDeviation(deviation);
    const halves = new Float16Array(count);
    let from = Math.floor(random.uniform(0, DRAWN));
    for (let at = 0; at < count; from = 0) {
      const piece = source.subarray(from, from + count - at);
      halves.set(piece, at);
      at += piece.length;
    }
    return new Uint8Array(halves.buffer);
  };
}

/** Bytes of one number in half precision so many times. */
export function repeatedHalf(count: number, value: number): Uint8Array {
  return new Uint8Array(new Float16Array(count).fill(value).buffer);
}
