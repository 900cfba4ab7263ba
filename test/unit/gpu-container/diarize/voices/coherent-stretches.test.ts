import { describe, expect, it } from '@jest/globals';
import type { EmbeddedSpeech } from '../../../../../gpu-container/src/diarize/embed-speech.ts';
import { coherentStretches } from '../../../../../gpu-container/src/diarize/voices/coherent-stretches.ts';
import { atDegrees } from '../cluster/seeded-vectors.ts';

const stretch = (start: number, seconds: number, degrees: number) => ({
  start,
  end: start + seconds,
  embedding: atDegrees(degrees),
});

type Stretch = ReturnType<typeof stretch>;

function speech(
  voiceStretches: readonly Stretch[],
  turnStretches: readonly Stretch[],
): EmbeddedSpeech {
  return { durationSeconds: 20, speech: [{ start: 0, end: 20 }], voiceStretches, turnStretches };
}

/** Parts of a second, half a second apart. */
const parts = (...degrees: readonly number[]) =>
  degrees.map((direction, index) => stretch(index / 2, 1, direction));

const MIN_SIMILARITY = 0.2;

describe('stretches in which one voice speaks', () => {
  it('are those whose parts are alike', () => {
    const [alone, mixed, other] = [0, 2, 4].map((start) => stretch(start, 3, 0));
    const found = coherentStretches(
      speech([alone!, mixed!, other!], parts(0, 10, 0, 10, 0, 10, 45, 90, 90, 100, 90, 95, 90)),
      MIN_SIMILARITY,
    );
    expect(found).toEqual([alone, other]);
  });

  it('may have parts that are no more alike than asked for', () => {
    const whole = stretch(0, 3, 0);
    const found = (degrees: number) =>
      coherentStretches(speech([whole], parts(0, 0, 0, degrees)), MIN_SIMILARITY);
    expect(found(77)).toEqual([whole]);
    expect(found(80)).not.toEqual([whole]);
  });

  it('are told by parts that do not overlap: those that do are alike anyway', () => {
    const whole = stretch(0, 2, 0);
    expect(coherentStretches(speech([whole], parts(0, 90)), MIN_SIMILARITY)).toEqual([whole]);
    expect(coherentStretches(speech([whole], parts(0, 45, 90)), MIN_SIMILARITY)).not.toEqual([
      whole,
    ]);
  });

  it('are told by nothing but their parts', () => {
    const whole = stretch(2, 2, 0);
    const around = [stretch(0, 1, 90), stretch(1.5, 1, 90), stretch(3.5, 1, 90)];
    const own = [stretch(2, 1, 0), stretch(3, 1, 0)];
    const inOrder = [...around, ...own].toSorted((one, other) => one.start - other.start);
    expect(coherentStretches(speech([whole], inOrder), MIN_SIMILARITY)).toEqual([whole]);
    // But for a little beyond their ends.
    const reaching = [stretch(1.85, 1, 90), stretch(3, 1, 0)];
    expect(coherentStretches(speech([whole], reaching), MIN_SIMILARITY)).not.toEqual([whole]);
  });

  it('are as many in each region of a recording, however far apart', () => {
    const wholes = [0, 100, 200].map((start) => stretch(start, 3, 0));
    const [first, second, third] = wholes;
    const all = [0, 100, 200].flatMap((start) =>
      [0, 1, 2].map((at) => stretch(start + at, 1, start === 100 && at === 2 ? 90 : 0)),
    );
    expect(coherentStretches(speech([first!, second!, third!], all), MIN_SIMILARITY)).toEqual([
      first,
      third,
    ]);
  });

  it('are all there is where there are none, by their start', () => {
    const wholes = [stretch(0, 3, 0), stretch(0.75, 3, 0)];
    const turns = parts(0, 90, 0, 90, 0, 90, 0);
    const found = coherentStretches(speech(wholes, turns), MIN_SIMILARITY);
    expect(found).toHaveLength(wholes.length + turns.length);
    expect(new Set(found)).toEqual(new Set([...wholes, ...turns]));
    expect(found.map(({ start }) => start)).toEqual(
      found.map(({ start }) => start).toSorted((one, other) => one - other),
    );
    expect(coherentStretches(speech([], []), MIN_SIMILARITY)).toEqual([]);
  });
});
