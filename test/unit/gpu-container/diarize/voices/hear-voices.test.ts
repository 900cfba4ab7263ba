import { describe, expect, it } from '@jest/globals';
import type { EmbeddedSpeech } from '../../../../../gpu-container/src/diarize/embed-speech.ts';
import { hearVoices } from '../../../../../gpu-container/src/diarize/voices/hear-voices.ts';
import { atDegrees } from '../cluster/seeded-vectors.ts';

const stretch = (start: number, end: number, degrees = 0) => ({
  start,
  end,
  embedding: atDegrees(degrees),
});

type Stretch = ReturnType<typeof stretch>;

const speech = (turnStretches: readonly Stretch[], voiceStretches: readonly Stretch[] = []) =>
  ({ durationSeconds: 60, speech: [], voiceStretches, turnStretches }) satisfies EmbeddedSpeech;

const VOICES = [atDegrees(0), atDegrees(90)];

function secondsOf(
  stretches: readonly Stretch[],
  speakers: readonly number[],
  scrapSeconds: number,
) {
  const heard = hearVoices(speech(stretches), VOICES, Int32Array.from(speakers), scrapSeconds);
  return heard.map(({ seconds }) => seconds);
}

describe('how long a voice is heard', () => {
  it('is the time to the next stretch, and all of the last one before a pause', () => {
    const stretches = [
      stretch(0, 1.5),
      stretch(0.25, 1.75),
      stretch(0.75, 2.25),
      stretch(5, 6.5),
      stretch(5.5, 7),
    ];
    expect(secondsOf(stretches, [0, 0, 1, 1, 0], 0)).toEqual([0.75 + 1.5, 1.5 + 0.5]);
  });

  it('does not count so much of each turn', () => {
    const stretches = Array.from({ length: 8 }, (_, at) => stretch(at, at + 1));
    expect(secondsOf(stretches, [0, 0, 0, 0, 0, 1, 1, 1], 1.25)).toEqual([3.75, 1.75]);
  });

  it('is nothing of a voice that says many scraps', () => {
    const stretches = Array.from({ length: 60 }, (_, at) => stretch(at, at + 1));
    const speakers = stretches.map((_, at) => Number(at % 4 === 0));
    expect(secondsOf(stretches, speakers, 1.2)).toEqual(
      [15 * 1.8, 0].map((s) => expect.closeTo(s)),
    );
  });

  it('is nothing of a voice that is not heard', () => {
    expect(secondsOf([stretch(0, 3)], [1], 0)).toEqual([0, 3]);
    expect(secondsOf([], [], 0)).toEqual([0, 0]);
  });
});

describe('what a voice is heard to be', () => {
  const turns = Array.from({ length: 10 }, (_, at) => stretch(at, at + 1));
  const speakers = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 0, 0);

  it('is the mean of the long stretches that are all its own', () => {
    const wholes = [stretch(0, 3, 10), stretch(1, 4, 30), stretch(4, 7, 80), stretch(8, 10, 50)];
    const [first, second] = hearVoices(speech(turns, wholes), VOICES, speakers, 0);

    const mean = (dim: number) =>
      [10, 30, 50].reduce((sum, degrees) => sum + atDegrees(degrees)[dim]! / 3, 0);
    expect([...first!.vector]).toEqual([expect.closeTo(mean(0)), expect.closeTo(mean(1))]);
    expect(first!.count).toBe(3);
    expect(second).toMatchObject({ vector: atDegrees(80), count: 1 });
  });

  it('is not told by a stretch that another has a part in', () => {
    const wholes = [stretch(0, 3, 10), stretch(2, 5, 45), stretch(7, 9, 45), stretch(5, 8, 80)];
    const inOrder = wholes.toSorted((one, other) => one.start - other.start);
    const heard = hearVoices(speech(turns, inOrder), VOICES, speakers, 0);
    expect(heard.map(({ count }) => count)).toEqual([1, 1]);
    expect(heard[0]!.vector).toEqual(atDegrees(10));
    expect(heard[1]!.vector).toEqual(atDegrees(80));
  });

  it('is told by a stretch that another has less than half a part in', () => {
    const overlapping = [stretch(3, 4.5), stretch(4, 5.5), stretch(5, 6.5), stretch(6, 7.5)];
    const heard = hearVoices(
      speech(overlapping, [stretch(4, 6.5, 80)]),
      VOICES,
      Int32Array.of(0, 1, 1, 0),
      0,
    );
    expect(heard[1]!.vector).toEqual(atDegrees(80));
  });

  it('stays as it was taken to be where nothing is surely its own', () => {
    const heard = hearVoices(speech(turns, [stretch(2, 6, 45)]), VOICES, speakers, 0);
    expect(heard.map(({ vector }) => vector)).toEqual(VOICES);
  });
});
