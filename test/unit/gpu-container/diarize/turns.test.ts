import { describe, expect, it } from '@jest/globals';
import { cutStretches } from '../../../../gpu-container/src/diarize/cut-stretches.ts';
import type { SpeakerTurn } from '../../../../gpu-container/src/diarize/diarizer.ts';
import type { Stretch } from '../../../../gpu-container/src/diarize/stretch-embedder.ts';
import { turnsOf } from '../../../../gpu-container/src/diarize/turns.ts';
import { seededRandom } from './cluster/seeded-vectors.ts';

const EDGE = 0.2;
const region = (start: number, end: number) => ({ start, end });

const turn = (start: number, end: number, speaker: number) => ({
  start: expect.closeTo(start, 6),
  end: expect.closeTo(end, 6),
  speaker,
});

type Case = {
  stretches: readonly Stretch[];
  speakers: readonly number[];
  speech?: readonly Stretch[];
  seconds?: number;
  min?: number;
};

/** Where the speech is not given, it is all that there are stretches of. */
function turns({ stretches, speakers, speech = stretches, seconds = 100, min = 0 }: Case) {
  const recording = { speech, durationSeconds: seconds };
  return turnsOf(stretches, Int32Array.from(speakers), recording, min);
}

const cut = (speech: readonly Stretch[]) =>
  cutStretches(speech, { lengthSeconds: 1.5, hopSeconds: 0.5 });

describe('turns of stretches that overlap', () => {
  it('change half-way between the middles of two stretches', () => {
    const speech = [region(10, 13)];
    expect(turns({ stretches: cut(speech), speakers: [0, 0, 1, 1], speech })).toEqual([
      turn(10 - EDGE, 11.5, 0),
      turn(11.5, 13 + EDGE, 1),
    ]);
  });

  it('are no longer than the speech, in which there may be pauses', () => {
    const speech = [region(10, 12), region(13.5, 15), region(20, 21)];
    const stretches = [region(10, 13), region(12, 15), region(20, 21)];
    expect(turns({ stretches, speakers: [0, 0, 1], speech })).toEqual([
      turn(10 - EDGE, 12 + EDGE, 0),
      turn(13.5 - EDGE, 15 + EDGE, 0),
      turn(20 - EDGE, 21 + EDGE, 1),
    ]);
  });

  it('go on over a pause of a second, unless somebody else speaks after it', () => {
    const stretches = [region(10, 12), region(12.9, 14), region(15.1, 17)];
    expect(turns({ stretches, speakers: [0, 0, 0] })).toEqual([
      turn(10 - EDGE, 14 + EDGE, 0),
      turn(15.1 - EDGE, 17 + EDGE, 0),
    ]);
    expect(turns({ stretches, speakers: [0, 1, 1] })).toHaveLength(3);
  });

  it('share a narrow gap, and stay within the recording', () => {
    const stretches = [region(0.05, 2), region(2.1, 4)];
    expect(turns({ stretches, speakers: [0, 1], seconds: 4.02 })).toEqual([
      turn(0, 2.05, 0),
      turn(2.05, 4.02, 1),
    ]);
  });

  it('go to whoever speaks around them where they are too short', () => {
    const speech = [region(10, 16)];
    const stretches = cut(speech);
    const speakers = stretches.map((_, index) => Number(index === 4));
    expect(turns({ stretches, speakers, speech, min: 0.4 })).toHaveLength(3);
    expect(turns({ stretches, speakers, speech, min: 0.6 })).toEqual([
      turn(10 - EDGE, 16 + EDGE, 0),
    ]);
  });

  it('are measured with all that a speaker says without a pause', () => {
    // Steps of half a second each, two of one speaker in a row.
    const speech = [region(10, 16)];
    const stretches = cut(speech);
    const speakers = stretches.map((_, index) => Number(index === 4 || index === 5));
    expect(turns({ stretches, speakers, speech, min: 0.6 })).toHaveLength(3);
  });

  it('are none where nothing is embedded', () => {
    expect(turns({ stretches: [], speakers: [], speech: [region(1, 1.2)] })).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6])('never overlap, and cover all that is embedded (%d)', (seed) => {
    const random = seededRandom(seed);
    let end = 0;
    const speech = Array.from({ length: 30 }, () => {
      const start = end + 0.05 + 1.5 * random() ** 3;
      end = start + 0.3 + 5 * random() ** 2;
      return region(start, end);
    });
    const stretches = cut(speech);
    const speakers = stretches.map(() => Math.floor(3 * random() ** 2));
    const found = turns({ stretches, speakers, speech, seconds: end, min: 0.7 * random() });

    for (const [index, { start, end: stop }] of found.entries()) {
      expect(stop).toBeGreaterThan(start);
      expect(start).toBeGreaterThanOrEqual((found[index - 1]?.end ?? 0) - 1e-9);
      expect(stop).toBeLessThanOrEqual(end + 1e-9);
    }
    for (const { start, end: stop } of speech) {
      expect(coveredSeconds(found, start, stop)).toBeCloseTo(stop - start);
    }
  });
});

function coveredSeconds(found: readonly SpeakerTurn[], start: number, end: number): number {
  return found.reduce(
    (sum, one) => sum + Math.max(0, Math.min(end, one.end) - Math.max(start, one.start)),
    0,
  );
}
