import { describe, expect, it } from '@jest/globals';
import { centroidsOf } from '../../../../../gpu-container/src/diarize/cluster/centroids.ts';
import { clusterConfidences } from '../../../../../gpu-container/src/diarize/cluster/confidence.ts';
import { atDegrees, unit } from './seeded-vectors.ts';

function confidences(angles: readonly number[], labels: readonly number[]): number[] {
  const embeddings = angles.map(atDegrees);
  const clusters = Int32Array.from(labels);
  return clusterConfidences(embeddings, clusters, centroidsOf(embeddings, clusters));
}

const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

describe('the confidence in a cluster', () => {
  it('is 1 where the others are at right angles, however much the cluster scatters', () => {
    expect(confidences([0, 0, 90], [0, 0, 1])).toEqual([expect.closeTo(1), expect.closeTo(1)]);
    const [scattered] = clusterConfidences(
      [unit(1, 1, 0), unit(1, -1, 0), unit(0, 0, 1)],
      Int32Array.of(0, 0, 1),
      [unit(1, 0, 0), unit(0, 0, 1)],
    );
    expect(scattered).toBeCloseTo(1);
  });

  it('is the mean lead over the nearest other as a share of the similarity to its own', () => {
    const [first, second] = confidences([-10, 10, 60, 180], [0, 0, 1, 2]);
    expect(first).toBeCloseTo(1 - (cos(70) + cos(50)) / 2 / cos(10));
    expect(second).toBeCloseTo(1 - cos(60));
  });

  it('is 1 for a lone voice', () => {
    expect(confidences([0, 60, 180], [0, 0, 0])).toEqual([1]);
  });

  it('does not take an opposite voice for more than an unrelated one', () => {
    expect(confidences([0, 180], [0, 1])).toEqual([1, 1]);
  });

  it('is 0 for what is nearer to another, and no less', () => {
    const centroids = [0, 90].map(atDegrees);
    const [nearer, half] = [[80], [10, 80]].map(
      (angles) =>
        clusterConfidences(angles.map(atDegrees), new Int32Array(angles.length), centroids)[0],
    );
    expect(nearer).toBe(0);
    expect(half).toBeCloseTo((1 - cos(80) / cos(10)) / 2);
  });

  it('is 0 for what is as unlike its own as can be, and of a cluster of nothing', () => {
    const centroids = [0, 90].map(atDegrees);
    expect(clusterConfidences([atDegrees(180)], Int32Array.of(0), centroids)).toEqual([0, 0]);
  });

  it('does not count embeddings of no cluster', () => {
    expect(confidences([0, 10, 90, 45], [0, 0, 1, -1])).toEqual(
      confidences([0, 10, 90], [0, 0, 1]),
    );
  });
});

describe('centroids', () => {
  it('are of unit length and point where their embeddings do on average, by weight', () => {
    const embeddings = [0, 90].map(atDegrees);
    const [middle] = centroidsOf(embeddings, Int32Array.of(0, 0));
    expect([...middle!]).toEqual([...atDegrees(45)].map((value) => expect.closeTo(value)));
    const [leaning] = centroidsOf(embeddings, Int32Array.of(0, 0), [1, 3]);
    expect(Math.hypot(...leaning!)).toBeCloseTo(1);
    expect(leaning![1]! / leaning![0]!).toBeCloseTo(3);
  });
});
