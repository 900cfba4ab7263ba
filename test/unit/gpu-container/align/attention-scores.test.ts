import { describe, expect, it } from '@jest/globals';
import { attentionScores } from '../../../../gpu-container/src/align/attention-scores.ts';

/** A head that listens to one frame per position, and otherwise everywhere alike. */
function headOn(peaks: readonly number[], frames: number): Float32Array {
  return Float32Array.from(peaks.flatMap((peak) => rowOn(peak, frames)));
}

function rowOn(peak: number, frames: number): number[] {
  return Array.from({ length: frames }, (_, frame) => (Math.abs(frame - peak) <= 4 ? 0.1 : 0.01));
}

describe('attention scores', () => {
  it('are highest where a position listens more than the others', () => {
    const attention = { heads: [headOn([5, 20, 35], 40)], positions: 3, frames: 40 };
    const scores = attentionScores(attention, { frames: 40, from: 1, to: 3 });

    expect(scores).toHaveLength(80);
    expect(scores[20]).toBeGreaterThan(1);
    expect(scores[5]).toBeLessThan(0);
    expect(scores[40 + 35]).toBeGreaterThan(1);
  });

  it('are the mean over the heads', () => {
    const [a, b] = [headOn([5, 20], 40), headOn([30, 10], 40)];
    const part = { frames: 40, from: 0, to: 2 };
    const of = (...heads: Float32Array[]) =>
      attentionScores({ heads, positions: 2, frames: 40 }, part);

    const [onlyA, onlyB] = [of(a), of(b)];
    of(a, b).forEach((score, i) => {
      expect(score).toBeCloseTo((onlyA[i]! + onlyB[i]!) / 2, 5);
    });
  });

  it('do not depend on what is heard in the padding after the audio', () => {
    const padded = (padding: number) =>
      Float32Array.from(
        [3, 8].flatMap((peak) => [...rowOn(peak, 12), ...Array.from({ length: 8 }, () => padding)]),
      );
    const part = { frames: 12, from: 0, to: 2 };
    const of = (padding: number) =>
      attentionScores({ heads: [padded(padding)], positions: 2, frames: 20 }, part);

    const [quiet, loud] = [of(0), of(5)];
    expect(quiet).toHaveLength(24);
    expect(loud).toEqual(quiet);
  });

  it('are zero, not undefined, where all positions listen alike', () => {
    const heads = [new Float32Array(30).fill(0.1)];
    const scores = attentionScores(
      { heads, positions: 3, frames: 10 },
      { frames: 10, from: 0, to: 3 },
    );

    expect(scores.every((score) => score === 0)).toBe(true);
  });
});
