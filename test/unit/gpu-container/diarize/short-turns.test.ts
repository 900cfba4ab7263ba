import { describe, expect, it } from '@jest/globals';
import { absorbShortTurns, byStart } from '../../../../gpu-container/src/diarize/short-turns.ts';

const turn = (start: number, end: number, speaker: number) => ({ start, end, speaker });

describe('absorbing short turns', () => {
  it('lets the speaker around a short turn speak through it', () => {
    const turns = [turn(0, 3, 0), turn(3.1, 3.3, 1), turn(3.4, 6, 0)];
    expect(absorbShortTurns(turns, 0.5)).toEqual([turn(0, 3.3, 0), turn(3.4, 6, 0)]);
    const touching = [turn(0, 3, 0), turn(3, 3.3, 1), turn(3.3, 6, 0)];
    expect(absorbShortTurns(touching, 0.5)).toEqual([turn(0, 6, 0)]);
  });

  it('gives a short turn to the nearer neighbour', () => {
    const turns = [turn(0, 3, 0), turn(3.3, 3.5, 2), turn(3.6, 6, 1)];
    expect(absorbShortTurns(turns, 0.5)).toEqual([turn(0, 3, 0), turn(3.3, 6, 1)]);
  });

  it('drops a short turn within a longer one', () => {
    expect(absorbShortTurns([turn(0, 3, 0), turn(1, 1.2, 1)], 0.5)).toEqual([turn(0, 3, 0)]);
  });

  it('leaves a short turn alone that nobody is near', () => {
    const turns = [turn(0, 3, 0), turn(5, 5.2, 1)];
    expect(absorbShortTurns(turns, 0.5)).toEqual(turns);
    expect(absorbShortTurns([turn(5, 5.2, 1)], 0.5)).toEqual([turn(5, 5.2, 1)]);
  });

  it('leaves everything as it is where no turn is too short', () => {
    const turns = [turn(0, 3, 0), turn(1, 1.2, 1)];
    expect(absorbShortTurns(turns, 0)).toEqual(turns);
  });

  it('takes the first of two neighbours that are as near', () => {
    const turns = [turn(0, 3, 0), turn(3.25, 3.5, 2), turn(3.75, 6, 1)];
    expect(absorbShortTurns(turns, 0.5)).toEqual([turn(0, 3.5, 0), turn(3.75, 6, 1)]);
  });

  it('gives a run of short turns to the long ones on either side of it', () => {
    const turns = [
      turn(0, 3, 0),
      turn(3, 3.2, 2),
      turn(3.2, 3.4, 3),
      turn(3.4, 3.6, 2),
      turn(3.6, 3.8, 3),
      turn(3.8, 7, 1),
    ];
    expect(absorbShortTurns(turns, 0.5)).toEqual([turn(0, 3.4, 0), turn(3.4, 7, 1)]);
  });

  it('finds the nearest turn behind one that goes on for long', () => {
    const turns = [turn(0, 60, 0), turn(1, 4, 1), turn(30, 33, 1), turn(59, 62, 2)];
    expect(absorbShortTurns([...turns, turn(62.1, 62.2, 3)], 0.5)).toEqual([
      ...turns.slice(0, 3),
      turn(59, 62.2, 2),
    ]);
  });

  it('gives a turn as short as may be to nobody', () => {
    const turns = [turn(0, 3, 0), turn(3, 3.5, 1)];
    expect(absorbShortTurns(turns, 0.5)).toEqual(turns);
  });

  it('makes nothing of nothing', () => {
    expect(absorbShortTurns([], 0.5)).toEqual([]);
  });
});

describe('turns by their start', () => {
  it('come in the order of speakers where they start at once, and leave the list as it was', () => {
    const turns = [turn(2, 3, 0), turn(1, 5, 1), turn(1, 2, 0)];
    expect(byStart(turns)).toEqual([turn(1, 2, 0), turn(1, 5, 1), turn(2, 3, 0)]);
    expect(turns[0]).toEqual(turn(2, 3, 0));
  });
});
