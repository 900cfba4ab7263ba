import { describe, expect, it } from '@jest/globals';
import {
  type AgglomerationOptions,
  agglomerate,
} from '../../../../../gpu-container/src/diarize/cluster/agglomerative.ts';
import type { Linkage } from '../../../../../gpu-container/src/diarize/cluster/linkage.ts';
import { atDegrees, scatteredVectors } from './seeded-vectors.ts';

const FREE = { minClusters: 1, maxClusters: Number.POSITIVE_INFINITY };

function labels(
  embeddings: readonly Float32Array[],
  options: Partial<AgglomerationOptions> = {},
): number[] {
  const defaults = { linkage: 'average', minSimilarity: 0.5, ...FREE } as const;
  return [...agglomerate(embeddings, { ...defaults, ...options })];
}

const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

describe('agglomerative clustering', () => {
  it('makes nothing of nothing, and one cluster of one', () => {
    expect(labels([])).toEqual([]);
    expect(labels([atDegrees(0)])).toEqual([0]);
  });

  it('numbers clusters by first appearance', () => {
    expect(labels([90, 0, 91, 1, 180].map(atDegrees))).toEqual([0, 1, 0, 1, 2]);
  });

  it('joins by the mean similarity of all pairs, where the nearest pair alone would do', () => {
    // Pairs of 0° and 20° first; then 50° is 50° and 30° away from them.
    const angles = [0, 20, 50].map(atDegrees);
    const mean = (cos(50) + cos(30)) / 2;
    expect(labels(angles, { minSimilarity: mean + 1e-4 })).toEqual([0, 0, 1]);
    expect(labels(angles, { minSimilarity: mean - 1e-4 })).toEqual([0, 0, 0]);
  });

  it('joins by the distance of unscaled means with centroid linkage', () => {
    const angles = [0, 20, 50].map(atDegrees);
    // The mean of 0° and 20° points to 10° and is cos 10° long.
    const squaredDistance = 1 + cos(10) ** 2 - 2 * cos(10) * cos(40);
    const similarity = 1 - squaredDistance / 2;
    const linkage = 'centroid';
    expect(labels(angles, { linkage, minSimilarity: similarity + 1e-4 })).toEqual([0, 0, 1]);
    expect(labels(angles, { linkage, minSimilarity: similarity - 1e-4 })).toEqual([0, 0, 0]);
  });

  it('goes on below the threshold while there are too many', () => {
    const angles = [0, 10, 90, 180].map(atDegrees);
    expect(labels(angles, { minSimilarity: 0.99, maxClusters: 3 })).toEqual([0, 0, 1, 2]);
    expect(labels(angles, { minSimilarity: 0.99, maxClusters: 2 })).toEqual([0, 0, 0, 1]);
    expect(labels(angles, { minSimilarity: 0.99, maxClusters: 1 })).toEqual([0, 0, 0, 0]);
  });

  it('stops where there would be too few', () => {
    const angles = [0, 1, 2, 90].map(atDegrees);
    expect(labels(angles, { minSimilarity: -1, minClusters: 2 })).toEqual([0, 0, 0, 1]);
    expect(labels(angles, { minSimilarity: -1, minClusters: 4 })).toEqual([0, 1, 2, 3]);
    expect(labels(angles, { minSimilarity: -1, minClusters: 9 })).toEqual([0, 1, 2, 3]);
  });

  it.each<Linkage>(['average', 'centroid'])(
    'takes a weight for that many equal embeddings (%s)',
    (linkage) => {
      const points = scatteredVectors({ seed: 7, count: 12, centres: 3, dims: 6, spread: 0.5 });
      const weights = points.map((_, index) => 1 + ((index * 5) % 4));
      const repeated = points.flatMap((point, index) =>
        Array.from({ length: weights[index]! }, () => point),
      );
      const firsts = weights.map((_, index) =>
        weights.slice(0, index).reduce((sum, weight) => sum + weight, 0),
      );
      for (const minSimilarity of [0.9, 0.6, 0.4, 0.2, 0]) {
        const all = labels(repeated, { linkage, minSimilarity });
        const weighted = labels(points, { linkage, minSimilarity, weights });
        expect(weighted).toEqual(firsts.map((first) => all[first]));
      }
    },
  );

  describe.each<Linkage>(['average', 'centroid'])('with %s linkage', (linkage) => {
    it.each([1, 2, 3, 4])(
      'agrees with the definition applied afresh at every step (%d)',
      (seed) => {
        const shape = { count: 48, centres: 5, dims: 8 };
        const points = scatteredVectors({ seed, spread: 0.35, ...shape });
        const weights = seed % 2 === 0 ? points.map((_, index) => 1 + (index % 3)) : undefined;
        for (const minSimilarity of [0.95, 0.8, 0.6, 0.4, 0.2]) {
          const options = { linkage, minSimilarity, ...FREE, ...(weights && { weights }) };
          expect([...agglomerate(points, options)]).toEqual(byDefinition(points, options));
        }
        for (const clusters of [1, 2, 7]) {
          const bounds = { minClusters: clusters, maxClusters: clusters };
          const options = { linkage, minSimilarity: 0.5, ...bounds, ...(weights && { weights }) };
          expect([...agglomerate(points, options)]).toEqual(byDefinition(points, options));
        }
      },
    );
  });

  it('finds the voices among thousands of embeddings', () => {
    const shape = { seed: 11, count: 2_000, centres: 6, dims: 64, spread: 0.08 };
    const found = labels(scatteredVectors(shape), { minSimilarity: 0.4 });
    expect(found).toEqual(Array.from({ length: 2_000 }, (_, index) => index % 6));
  });
});

/** The same clustering with every similarity of two clusters worked out from their members. */
function byDefinition(points: readonly Float32Array[], options: AgglomerationOptions): number[] {
  const weightOf = (item: number) => options.weights?.[item] ?? 1;
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, value, dim) => sum + value * b[dim]!, 0);
  const sizeOf = (cluster: number[]) => cluster.reduce((sum, item) => sum + weightOf(item), 0);
  const meanOf = (cluster: number[]) =>
    Array.from(points[0]!, (_, dim) =>
      cluster.reduce(
        (sum, item) => sum + (weightOf(item) * points[item]![dim]!) / sizeOf(cluster),
        0,
      ),
    );
  const similarityOf = (a: number[], b: number[]) => {
    if (options.linkage === 'centroid') {
      const other = meanOf(b);
      return 1 - meanOf(a).reduce((sum, value, dim) => sum + (value - other[dim]!) ** 2, 0) / 2;
    }
    let sum = 0;
    for (const one of a) {
      for (const other of b) {
        sum += weightOf(one) * weightOf(other) * dot(points[one]!, points[other]!);
      }
    }
    return sum / (sizeOf(a) * sizeOf(b));
  };

  let clusters = points.map((_, index) => [index]);
  while (clusters.length > options.minClusters) {
    let best = { similarity: Number.NEGATIVE_INFINITY, a: clusters[0]!, b: clusters[0]! };
    for (const [index, a] of clusters.entries()) {
      for (const b of clusters.slice(index + 1)) {
        const similarity = similarityOf(a, b);
        best = similarity > best.similarity ? { similarity, a, b } : best;
      }
    }
    if (best.similarity < options.minSimilarity && clusters.length <= options.maxClusters) {
      break;
    }
    const { a, b } = best;
    clusters = [...clusters.filter((cluster) => cluster !== a && cluster !== b), [...a, ...b]];
  }
  const firsts = clusters.map((cluster) => Math.min(...cluster)).sort((a, b) => a - b);
  return points.map((_, item) =>
    firsts.indexOf(Math.min(...clusters.find((cluster) => cluster.includes(item))!)),
  );
}
