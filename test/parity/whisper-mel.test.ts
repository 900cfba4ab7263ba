import { expect, it } from '@jest/globals';
import { logMel } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import { melFilters } from '../../gpu-container/src/transcribe/mel/mel-filters.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';
import { readWav } from './wav.ts';
import { readFeatures, readMelClips } from './whisper-references.ts';

const MEL_BINS = [80, 128] as const;
const MEL_TOLERANCE = 1e-4;
const FILTER_TOLERANCE = 1e-7;

describeWithShared('log-mel features against WhisperFeatureExtractor', () => {
  it.each(MEL_BINS)('computes the same %i mel filters', async (melBins) => {
    const reference = await readNpy(sharedPath(`fixtures/whisper_mel/mel_filters_${melBins}.npy`));
    const dense = new Float32Array(reference.data.length);
    for (const [bin, { firstBin, weights }] of melFilters(melBins, 400, 16_000).entries()) {
      for (const [offset, weight] of weights.entries()) {
        dense[(firstBin + offset) * melBins + bin] = weight;
      }
    }

    expect(largestDifference(dense, reference.data)).toBeLessThan(FILTER_TOLERANCE);
  });

  it.each(MEL_BINS)(
    'computes the same features with %i mel bins for every clip',
    async (melBins) => {
      const extract = logMel(melBins);
      const differences: [clip: string, difference: number][] = [];
      for (const clip of readMelClips()) {
        const samples = await readWav(sharedPath('fixtures/whisper_mel', `${clip.name}.wav`));
        const reference = await readFeatures(clip, melBins);
        differences.push([clip.name, largestDifference(extract(samples), reference)]);
      }

      expect(differences.length).toBeGreaterThan(0);
      expect(differences.filter(([, difference]) => !(difference < MEL_TOLERANCE))).toEqual([]);
    },
  );
});

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((max, value, index) => Math.max(max, Math.abs(value - b[index]!)), 0);
}
