import { describe, expect, it } from '@jest/globals';
import { groupAlike } from '../../../../../gpu-container/src/diarize/cluster/group-alike.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { scatteredVectors } from './seeded-vectors.ts';

const OPTIONS = { linkage: 'average', minSimilarity: 0.5 } as const;

describe('grouping what is alike', () => {
  it('makes one group of each voice in each block, with its size and direction', () => {
    const shape = { seed: 6, count: 300, centres: 3, dims: 32 };
    const points = scatteredVectors({ ...shape, spread: 0.05 });
    const { centroids, sizes } = groupAlike(points, { ...OPTIONS, blockEmbeddings: 150 });

    expect(sizes).toEqual([50, 50, 50, 50, 50, 50]);
    for (const [group, centroid] of centroids.entries()) {
      expect(dotProduct(centroid, centroid)).toBeCloseTo(1, 5);
      const similarities = points.slice(0, 3).map((point) => dotProduct(point, centroid));
      expect(similarities.indexOf(Math.max(...similarities))).toBe(group % 3);
      expect(Math.max(...similarities)).toBeGreaterThan(0.9);
    }
  });

  it('keeps what is not alike apart, in a last block of what is left too', () => {
    const points = scatteredVectors({ seed: 7, count: 25, centres: 25, dims: 64, spread: 0 });
    const { centroids, sizes } = groupAlike(points, { ...OPTIONS, blockEmbeddings: 10 });

    expect(sizes).toEqual(new Array(25).fill(1));
    for (const [group, centroid] of centroids.entries()) {
      expect(dotProduct(centroid, points[group]!)).toBeCloseTo(1, 5);
    }
  });

  it('leaves 4000 groups at the most, however little alike embeddings are', () => {
    const points = scatteredVectors({ seed: 11, count: 5000, centres: 5000, dims: 8, spread: 0 });
    const options = { ...OPTIONS, minSimilarity: 1.1, blockEmbeddings: 500 };
    const { centroids, sizes } = groupAlike(points, options);

    expect(centroids).toHaveLength(4000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(5000);
  });

  it('makes no groups of nothing', () => {
    expect(groupAlike([], OPTIONS)).toEqual({ centroids: [], sizes: [] });
  });
});
