import { describe, expect, it } from '@jest/globals';
import { searchSpeakers } from '../../../../../gpu-container/src/diarize/assign/heard-speaker.ts';

const search = searchSpeakers([
  { start: 0, end: 10, speaker: 0 },
  { start: 4, end: 5, speaker: 1 },
  { start: 10, end: 12, speaker: 1 },
  { start: 14, end: 20, speaker: 2 },
]);

describe('who is heard in a stretch', () => {
  it.each([
    ['is whose turns cover most of it', { start: 9.4, end: 11 }, 1],
    ['is who began first of two who cover it whole', { start: 4.2, end: 4.8 }, 0],
    ['is who is nearest to its middle where nobody talks', { start: 13, end: 13.9 }, 2],
    ['is who talked before it where it lies half-way', { start: 12.5, end: 13.5 }, 1],
    ['is who talks at its instant, if it has no duration', { start: 11, end: 11 }, 1],
    ['is who talks first, before anybody talks', { start: -2, end: -1 }, 0],
    ['is who talks last, after everybody', { start: 90, end: 91 }, 2],
  ])('%s', (_what, stretch, speaker) => {
    expect(search.heardIn(stretch)).toBe(speaker);
  });

  it('is who began first of two who cover half of it each, as near to its middle', () => {
    expect(search.heardIn({ start: 9.5, end: 10.5 })).toBe(0);
  });

  it('is nobody where nobody ever talks', () => {
    expect(searchSpeakers([]).heardIn({ start: 0, end: 1 })).toBeUndefined();
  });
});

describe('the seconds of a speaker', () => {
  it('are those of a stretch in which they talk', () => {
    expect(search.secondsOf(1, { start: 4.5, end: 11 })).toBeCloseTo(1.5, 9);
    expect(search.secondsOf(7, { start: 0, end: 20 })).toBe(0);
  });
});

describe('crosstalk', () => {
  it.each([
    [{ start: 4, end: 5 }, true],
    [{ start: 3.5, end: 4.5 }, true],
    [{ start: 3.4, end: 4.4 }, false],
    [{ start: 4.5, end: 4.5 }, true],
    // One leaves off where the other begins.
    [{ start: 9.5, end: 10.5 }, false],
  ])('in %j: %p', (stretch, expected) => {
    expect(search.isCrosstalk(stretch)).toBe(expected);
  });
});
