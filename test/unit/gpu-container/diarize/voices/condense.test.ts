import { describe, expect, it } from '@jest/globals';
import { condense, mergeAlike } from '../../../../../gpu-container/src/diarize/voices/condense.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { unitLength } from '../../../../../gpu-container/src/vector/unit-length.ts';
import { atDegrees, scatteredVectors } from '../cluster/seeded-vectors.ts';

const samplesOf = (vectors: readonly Float32Array[]) =>
  vectors.map((vector) => ({ vector, count: 1 }));

const countOf = (samples: readonly { count: number }[]) =>
  samples.reduce((sum, { count }) => sum + count, 0);

describe('merging what is alike', () => {
  const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

  it('goes down to a mean similarity of all pairs', () => {
    const samples = samplesOf([0, 20, 50].map(atDegrees));
    const mean = (cos(50) + cos(30)) / 2;
    expect(mergeAlike(samples, mean + 1e-4).map(({ count }) => count)).toEqual([2, 1]);
    expect(mergeAlike(samples, mean - 1e-4).map(({ count }) => count)).toEqual([3]);
  });

  it('is the same after some have been put together', () => {
    const vectors = scatteredVectors({ seed: 3, count: 40, centres: 4, dims: 24, spread: 0.25 });
    for (const similarity of [0.6, 0.4, 0.3, 0.2, 0.1]) {
      const direct = mergeAlike(samplesOf(vectors), similarity);
      const again = mergeAlike(mergeAlike(samplesOf(vectors), 0.6), similarity);
      expect(again.map(({ count }) => count)).toEqual(direct.map(({ count }) => count));
      for (const [index, { vector }] of direct.entries()) {
        expect(dotProduct(again[index]!.vector, vector)).toBeCloseTo(dotProduct(vector, vector));
      }
    }
    expect(mergeAlike(samplesOf(vectors), 0.3)).not.toHaveLength(40);
  });

  it('leaves as many as asked for, even of what is alike', () => {
    const samples = samplesOf([0, 1, 2, 90].map(atDegrees));
    expect(mergeAlike(samples, -1)).toHaveLength(1);
    expect(mergeAlike(samples, -1, 2).map(({ count }) => count)).toEqual([3, 1]);
    expect(mergeAlike(samples, -1, 9)).toHaveLength(4);
    expect(mergeAlike([], 0.5)).toEqual([]);
  });
});

describe('condensing samples', () => {
  const COUNT = 3_000;
  const VOICES = 5;
  const vectors = scatteredVectors({
    seed: 12,
    count: COUNT,
    centres: VOICES,
    dims: 48,
    spread: 0.1,
  });

  it('leaves few of thousands, each of one voice, and forgets none', () => {
    const condensed = condense(samplesOf(vectors), 0.25);
    expect(condensed.length).toBeLessThanOrEqual(10 * VOICES);
    expect(countOf(condensed)).toBe(COUNT);

    const voices = Array.from({ length: VOICES }, (_, voice) => {
      const own = vectors.filter((_, index) => index % VOICES === voice);
      const sum = own.reduce((total, vector) => total.map((value, dim) => value + vector[dim]!));
      return unitLength(sum);
    });
    for (const { vector } of condensed) {
      const similarities = voices.map((voice) => dotProduct(unitLength(vector), voice));
      expect(Math.max(...similarities)).toBeGreaterThan(0.95);
    }
  });

  it('leaves few enough to be clustered as they are alone', () => {
    const samples = samplesOf(vectors.slice(0, 900));
    expect(condense(samples, 0.25)).toEqual(samples);
  });

  it('keeps apart what is not surely alike', () => {
    // Two kinds with a similarity of 0.3, the merge similarity being 0.25.
    const kinds = [atDegrees(0), atDegrees((Math.acos(0.3) * 180) / Math.PI)];
    const samples = samplesOf(Array.from({ length: 1_500 }, (_, index) => kinds[index % 2]!));
    const condensed = condense(samples, 0.25);
    expect(condensed.length).toBeLessThan(10);
    for (const { vector } of condensed) {
      expect(Math.max(...kinds.map((kind) => dotProduct(kind, vector)))).toBeCloseTo(1);
    }
    expect(mergeAlike(condensed, 0.25)).toHaveLength(1);
  });

  it('leaves some of each block apart where there are several voices at least', () => {
    const condensed = condense(samplesOf(vectors), 0.25, 2 * VOICES);
    expect(condensed.length).toBeGreaterThanOrEqual(2 * 2 * VOICES);
    expect(condensed.length).toBeLessThan(100);
    expect(countOf(condensed)).toBe(COUNT);
  });

  it('comes to an end where nothing is alike', () => {
    const strangers = { seed: 13, count: 1_010, centres: 1_010, dims: 250, spread: 0 };
    expect(condense(samplesOf(scatteredVectors(strangers)), 0.25)).toHaveLength(1_010);
  });
});
