import { describe, expect, it } from '@jest/globals';
import { findVoices } from '../../../../../gpu-container/src/diarize/voices/find-voices.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { scatteredVectors } from '../cluster/seeded-vectors.ts';

const SHAPE = { seed: 21, dims: 48, spread: 0.12 };

function stretches(count: number, voices: number) {
  return scatteredVectors({ ...SHAPE, count, centres: voices }).map((embedding, index) => ({
    start: index,
    end: index + 3,
    embedding,
  }));
}

const find = (count: number, voices: number, minSpeakers = 1) =>
  findVoices(stretches(count, voices), { mergeSimilarity: 0.25, minSpeakers });

describe('finding the voices of a recording', () => {
  it.each([
    [40, 1],
    [40, 2],
    [120, 7],
    [2_500, 4],
  ])('finds in %d stretches the %d there are, as centroids of unit length', (count, voices) => {
    const found = find(count, voices);
    expect(found).toHaveLength(voices);
    const clean = scatteredVectors({ ...SHAPE, spread: 0, count: voices, centres: voices });
    for (const [voice, vector] of found.entries()) {
      expect(dotProduct(vector, vector)).toBeCloseTo(1, 5);
      // The directions are the first numbers of the same seed.
      expect(dotProduct(vector, clean[voice]!)).toBeGreaterThan(0.95);
    }
  });

  it('finds as many as there are at least', () => {
    expect(find(40, 2, 3)).toHaveLength(3);
    expect(find(40, 2, 2)).toHaveLength(2);
    expect(find(3, 1, 5)).toHaveLength(3);
  });

  it('finds as many as there are at least in a long recording too', () => {
    expect(find(1_500, 1, 4)).toHaveLength(4);
    expect(find(1_500, 2, 5)).toHaveLength(5);
  });

  it('finds none where nobody speaks', () => {
    expect(find(0, 1)).toEqual([]);
  });
});
