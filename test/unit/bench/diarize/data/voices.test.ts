import { expect, it } from '@jest/globals';
import { voicesOf } from '../../../../../bench/diarize/data/voices.ts';

const SAMPLE_RATE = 16_000;

function clip(voice: string, value: number, speechSeconds: number) {
  const samples = new Float32Array(10 * SAMPLE_RATE).fill(value);
  return { voice, samples, speech: [{ start: 1, end: 1 + speechSeconds }] };
}

it('makes one voice of the clips of a person, a second apart', () => {
  const [ann, bob, ...others] = voicesOf([clip('ann', 1, 5), clip('bob', 2, 6), clip('ann', 3, 4)]);
  expect(others).toEqual([]);
  expect(bob).toMatchObject({ id: 'bob', speech: [{ start: 1, end: 7 }] });
  expect(ann).toMatchObject({
    id: 'ann',
    speech: [
      { start: 1, end: 6 },
      { start: 12, end: 16 },
    ],
  });
  const at = (second: number) => ann!.samples[second * SAMPLE_RATE];
  expect([at(9.5), at(10.5), at(11.5)]).toEqual([1, 0, 3]);
});

it('leaves out clips with less than 3 s of speech', () => {
  expect(voicesOf([clip('ann', 1, 2.9), clip('bob', 1, 3)]).map(({ id }) => id)).toEqual(['bob']);
});
