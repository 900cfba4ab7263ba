import { describe, expect, it } from '@jest/globals';
import { assignSpeakers } from '../../../../../gpu-container/src/diarize/pyannote/assign-speakers.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { atDegrees, scatteredVectors } from '../cluster/seeded-vectors.ts';

describe('assigning the speakers of a chunk', () => {
  it('gives each the speaker that they are most like', () => {
    const centroids = [0, 90, 180].map(atDegrees);
    expect(assignSpeakers([170, 80].map(atDegrees), centroids)).toEqual([2, 1]);
  });

  it('keeps two of a chunk apart, at the least cost to both', () => {
    const centroids = [0, 60].map(atDegrees);
    // Both are most like the first; the second of them loses less.
    expect(assignSpeakers([5, 20].map(atDegrees), centroids)).toEqual([0, 1]);
    expect(assignSpeakers([20, 5].map(atDegrees), centroids)).toEqual([1, 0]);
  });

  it('lets them share where there are too few speakers', () => {
    const centroids = [0, 180].map(atDegrees);
    expect(assignSpeakers([0, 10, 170].map(atDegrees), centroids)).toEqual([0, 0, 1]);
    expect(assignSpeakers([0, 90, 170].map(atDegrees), centroids.slice(0, 1))).toEqual([0, 0, 0]);
  });

  it('finds the best of all ways', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const vectors = scatteredVectors({ seed, count: 9, centres: 9, dims: 4, spread: 0 });
      const [own, centroids] = [vectors.slice(0, 3), vectors.slice(3)];
      const sumOf = (way: readonly number[]) =>
        way.reduce((sum, centroid, row) => sum + dotProduct(own[row]!, centroids[centroid]!), 0);
      const choices = [...centroids.keys()];
      const all = choices.flatMap((a) => choices.flatMap((b) => choices.map((c) => [a, b, c])));
      const distinct = all.filter((way) => new Set(way).size === 3);
      const found = assignSpeakers(own, centroids);
      expect(new Set(found).size).toBe(3);
      expect(sumOf(found)).toBeCloseTo(Math.max(...distinct.map(sumOf)), 6);
    }
  });
});
