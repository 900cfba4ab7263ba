import { describe, expect, it } from '@jest/globals';
import {
  type SpeechRegion,
  type SpeechRegionOptions,
  speechRegions,
} from '../../../../gpu-container/src/vad/speech-regions.ts';

const FRAME = 0.032;
const BARE: SpeechRegionOptions = { paddingSeconds: 0, minSpeechSeconds: 0 };

type Case = {
  rule: string;
  /** As in `0.1x5 0.9x20`: five frames of 0.1, then twenty of 0.9. */
  probabilities: string;
  options?: SpeechRegionOptions;
  /** In frames, as in `5–25`. */
  regions: string;
};

function runs(description: string): Float32Array {
  const parts = description.split(' ').filter((part) => part !== '');
  return Float32Array.from(
    parts.flatMap((part) => {
      const [probability, count] = part.split('x').map(Number);
      return Array<number>(count!).fill(probability!);
    }),
  );
}

function regionsOf(probabilities: Float32Array, options: SpeechRegionOptions = BARE) {
  return speechRegions(probabilities, probabilities.length * FRAME, options);
}

/** Bounds in frames, which read better than multiples of 32 ms. */
function inFrames(regions: readonly SpeechRegion[]): string {
  const frame = (seconds: number) => Number((seconds / FRAME).toFixed(6));
  return regions.map(({ start, end }) => `${frame(start)}–${frame(end)}`).join(' ');
}

describe('speechRegions', () => {
  it.each<Case>([
    {
      rule: 'begins at the threshold and ends below the lower one',
      probabilities: '0.49x10 0.5x10 0.36x10 0.34x10',
      regions: '10–30',
    },
    {
      rule: 'does not begin between the two thresholds',
      probabilities: '0.1x5 0.45x20 0.1x5',
      regions: '',
    },
    {
      rule: 'keeps the two thresholds 0.15 apart',
      probabilities: '0.69x10 0.71x10 0.56x10 0.54x10',
      options: { threshold: 0.7 },
      regions: '10–30',
    },
    {
      rule: 'takes another lower threshold',
      probabilities: '0.5x10 0.21x10 0.19x10',
      options: { endThreshold: 0.2 },
      regions: '0–20',
    },
    {
      rule: 'goes on over a silence shorter than the minimum',
      probabilities: '0.9x10 0.1x4 0.9x10 0.1x10',
      regions: '0–24',
    },
    {
      rule: 'ends at the start of a silence of the minimum length',
      probabilities: '0.9x10 0.1x5 0.9x10 0.1x10',
      regions: '0–10 15–25',
    },
    {
      rule: 'counts silence exactly where the minimum is a whole number of frames',
      probabilities: '0.1x7 0.9x10 0.1x11 0.9x10 0.1x10 0.9x10 0.1x20',
      options: { minSilenceSeconds: 10 * FRAME },
      regions: '7–17 28–58',
    },
    {
      rule: 'counts silence from its first quiet frame over frames that stay undecided',
      probabilities: '0.9x10 0.1x1 0.4x4 0.1x1 0.9x5 0.1x9',
      regions: '0–10 16–21',
    },
    {
      rule: 'begins silence anew after a frame at the threshold',
      probabilities: '0.9x10 0.1x3 0.5x1 0.1x3 0.9x5 0.1x9',
      regions: '0–22',
    },
    {
      rule: 'drops speech of a quarter of a second or less',
      probabilities: '0.1x5 0.9x7 0.1x10 0.9x8 0.1x10',
      options: { minSpeechSeconds: 0.25 },
      regions: '22–30',
    },
    {
      rule: 'pads by half of a narrow gap at most, and never past the recording',
      probabilities: '0.1x2 0.9x20 0.1x10 0.9x20 0.1x40',
      options: { paddingSeconds: 8 * FRAME },
      regions: '0–27 27–60',
    },
    {
      rule: 'pads in full across a wide gap',
      probabilities: '0.1x20 0.9x20 0.1x30 0.9x20 0.1x40',
      options: { paddingSeconds: 8 * FRAME },
      regions: '12–48 62–98',
    },
    {
      rule: 'gives no padding to speech that was dropped',
      probabilities: '0.9x20 0.1x6 0.9x3 0.1x6 0.9x20',
      options: { minSpeechSeconds: 0.25, paddingSeconds: 7 * FRAME },
      regions: '0–27 28–55',
    },
    {
      rule: 'cuts a region over the maximum in the middle of a quiet frame of the second half',
      probabilities: '0.9x30 0.4x1 0.9x39 0.6x1 0.9x40 0.55x1 0.9x20',
      options: { maxRegionSeconds: 100 * FRAME },
      regions: '0–70.5 70.5–132',
    },
    {
      rule: 'cuts in a pause of three frames rather than at a lower single one',
      probabilities: '0.9x60 0.38x1 0.9x19 0.5x3 0.9x49',
      options: { maxRegionSeconds: 100 * FRAME },
      regions: '0–81.5 81.5–132',
    },
    {
      rule: 'cuts as late as it may where nothing is quieter',
      probabilities: '0.9x180',
      options: { maxRegionSeconds: 100 * FRAME },
      regions: '0–99.5 99.5–180',
    },
    {
      rule: 'does not leave a sliver of a region a little over the maximum',
      probabilities: '0.9x60 0.6x1 0.9x35 0.4x3 0.9x2',
      options: { maxRegionSeconds: 100 * FRAME },
      regions: '0–60.5 60.5–101',
    },
    { rule: 'finds nothing in nothing', probabilities: '', regions: '' },
  ])('$rule', ({ probabilities, options, regions }) => {
    expect(inFrames(regionsOf(runs(probabilities), { ...BARE, ...options }))).toBe(regions);
  });

  it('ends speech that lasts to the end with the recording', () => {
    expect(inFrames(speechRegions(runs('0.1x5 0.9x20'), 24.5 * FRAME, BARE))).toBe('5–24.5');
  });

  it('leaves no piece over the maximum of an endless region, and loses nothing of it', () => {
    const maxRegionSeconds = 100 * FRAME;
    const regions = regionsOf(runs('0.9x1000'), { ...BARE, maxRegionSeconds });

    expect(Math.max(...regions.map(({ start, end }) => end - start))).toBeLessThanOrEqual(
      maxRegionSeconds,
    );
    expect(regions[0]?.start).toBe(0);
    expect(regions.at(-1)?.end).toBeCloseTo(1000 * FRAME);
    expect(regions.slice(1).map(({ start }) => start)).toEqual(
      regions.slice(0, -1).map(({ end }) => end),
    );
  });
});
