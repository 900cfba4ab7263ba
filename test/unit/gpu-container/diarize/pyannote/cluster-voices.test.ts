import { describe, expect, it } from '@jest/globals';
import {
  clusterVoices,
  type VoiceClusteringOptions,
} from '../../../../../gpu-container/src/diarize/pyannote/cluster-voices.ts';
import { atDegrees, scatteredVectors } from '../cluster/seeded-vectors.ts';

const OPTIONS: VoiceClusteringOptions = {
  minSimilarity: 0.75,
  minClusterSize: 12,
  minSpeakers: 1,
  maxSpeakers: 8,
};

/** As many embeddings in each direction as asked for. */
function voices(...counts: readonly (readonly [degrees: number, count: number])[]) {
  return counts.flatMap(([degrees, count]) =>
    Array.from({ length: count }, (_, index) => atDegrees(degrees + index / 10)),
  );
}

function sizes(labels: Int32Array): number[] {
  return Array.from({ length: Math.max(...labels) + 1 }, (_, speaker) =>
    labels.reduce((count, label) => count + Number(label === speaker), 0),
  );
}

describe('clustering voices as pyannote does', () => {
  it('makes nothing of nothing, and a speaker of one embedding', () => {
    expect([...clusterVoices([], OPTIONS)]).toEqual([]);
    expect([...clusterVoices([atDegrees(3)], OPTIONS)]).toEqual([0]);
  });

  it('gives clusters that are too small for a speaker to the nearest one', () => {
    const embeddings = voices([0, 60], [120, 50], [60, 5], [170, 5]);
    expect(sizes(clusterVoices(embeddings, OPTIONS))).toEqual([65, 55]);
  });

  it('takes a tenth of the embeddings for enough in a short recording', () => {
    expect(sizes(clusterVoices(voices([0, 15], [120, 3]), OPTIONS))).toEqual([15, 3]);
  });

  it('goes past the threshold for as few speakers as there may be', () => {
    const embeddings = voices([0, 30], [60, 30], [180, 30]);
    expect(sizes(clusterVoices(embeddings, OPTIONS))).toEqual([30, 30, 30]);
    expect(sizes(clusterVoices(embeddings, { ...OPTIONS, maxSpeakers: 2 }))).toEqual([60, 30]);
    expect(sizes(clusterVoices(embeddings, { ...OPTIONS, maxSpeakers: 1 }))).toEqual([90]);
  });

  it('stops before the threshold for as many speakers as there must be', () => {
    const embeddings = voices([0, 30], [25, 30], [180, 30]);
    expect(sizes(clusterVoices(embeddings, OPTIONS))).toEqual([60, 30]);
    expect(sizes(clusterVoices(embeddings, { ...OPTIONS, minSpeakers: 3 }))).toEqual([30, 30, 30]);
  });

  it('finds the speakers there must be even where some say little', () => {
    const embeddings = [0, 90, 180].map(atDegrees);
    const weights = [40, 2, 40];
    expect([...clusterVoices(embeddings, OPTIONS, weights)]).toEqual([0, 0, 1]);
    expect([...clusterVoices(embeddings, { ...OPTIONS, minSpeakers: 3 }, weights)]).toEqual([
      0, 1, 2,
    ]);
  });

  it('never makes more speakers than there are embeddings', () => {
    const labels = clusterVoices(voices([0, 2]), { ...OPTIONS, minSpeakers: 5 });
    expect([...labels]).toEqual([0, 1]);
  });

  // Labels by scipy's `linkage` and `fcluster`, cut and reassigned as pyannote.audio 3.1 does.
  it.each([
    [
      { seed: 2, count: 45, centres: 3, spread: 0.3 },
      1,
      8,
      '000000000000000000000000000000000000000000000',
    ],
    [
      { seed: 5, count: 45, centres: 6, spread: 0.2 },
      1,
      2,
      '011101001101011101001111001001011101001111011',
    ],
    [
      { seed: 4, count: 40, centres: 5, spread: 0.08 },
      1,
      8,
      '0123401234012340123401234012340123401234',
    ],
    [
      { seed: 7, count: 45, centres: 4, spread: 0.2 },
      3,
      3,
      '012201220122012201220122012201200122012201200',
    ],
    [
      { seed: 8, count: 45, centres: 6, spread: 0.2 },
      1,
      8,
      '012343012343012343012343012343012343012343012',
    ],
  ])('agrees with scipy on %j for %d to %d speakers', (shape, minSpeakers, maxSpeakers, labels) => {
    const threshold = 0.7045654963945799;
    const found = clusterVoices(scatteredVectors({ dims: 16, ...shape }), {
      minSimilarity: 1 - threshold ** 2 / 2,
      minClusterSize: 12,
      minSpeakers,
      maxSpeakers,
    });
    expect([...found].join('')).toBe(labels);
  });

  it('takes a weight for that many embeddings', () => {
    const points = scatteredVectors({ seed: 3, count: 10, centres: 3, dims: 8, spread: 0.3 });
    const weights = points.map((_, index) => 3 + (index % 4));
    const repeated = points.flatMap((point, index) =>
      Array<Float32Array>(weights[index]!).fill(point),
    );
    const all = clusterVoices(repeated, OPTIONS);
    const firsts = points.map((point) => all[repeated.indexOf(point)]);
    expect([...clusterVoices(points, OPTIONS, weights)]).toEqual(firsts);
  });
});
