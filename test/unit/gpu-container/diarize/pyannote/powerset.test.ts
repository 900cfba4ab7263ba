import { describe, expect, it } from '@jest/globals';
import {
  activeSpeakers,
  decodePowerset,
} from '../../../../../gpu-container/src/diarize/pyannote/powerset.ts';

/** Logits of a frame in which one class stands out. */
function frameOf(likeliest: number): number[] {
  return Array.from({ length: 7 }, (_, index) => (index === likeliest ? -0.1 : -3 - index));
}

describe('powerset decoding', () => {
  it('names the speakers of each of the seven classes', () => {
    const logits = Float32Array.from([0, 1, 2, 3, 4, 5, 6].flatMap(frameOf));
    const [first, second, third] = [1, 2, 4];
    expect([...decodePowerset(logits)]).toEqual([
      0,
      first,
      second,
      third,
      first | second,
      first | third,
      second | third,
    ]);
  });

  it('takes the likeliest class, however unlikely', () => {
    const unsure = [-1.95, -1.94, -1.96, -1.95, -1.93, -1.95, -1.95];
    expect([...decodePowerset(Float32Array.from(unsure))]).toEqual([0b011]);
  });

  it('prefers silence among equals', () => {
    expect([...decodePowerset(new Float32Array(14))]).toEqual([0, 0]);
  });

  it('counts the speakers of a frame', () => {
    expect([0, 1, 2, 4, 3, 5, 6].map(activeSpeakers)).toEqual([0, 1, 1, 1, 2, 2, 2]);
  });
});
