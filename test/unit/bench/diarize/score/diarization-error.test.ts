import { describe, expect, it } from '@jest/globals';
import { createRandom, type Random } from '../../../../../bench/diarize/mixture/random.ts';
import {
  type DiarizationErrors,
  diarizationErrorRate,
  pooledErrors,
  scoreDiarization,
} from '../../../../../bench/diarize/score/diarization-error.ts';
import type { Turn } from '../../../../../bench/diarize/score/turn.ts';
import { scoreByFrames } from './frame-scorer.ts';

/** `turns('ann 0-4', 'bob 5-8')` */
function turns(...lines: string[]): Turn[] {
  return lines.map((line) => {
    const [, speaker, start, end] = /^(\w+) ([\d.]+)-([\d.]+)$/.exec(line)!;
    return { speaker: speaker!, start: Number(start), end: Number(end) };
  });
}

function score(reference: Turn[], hypothesis: Turn[], collarSeconds = 0) {
  return scoreDiarization(reference, hypothesis, { recordingSeconds: 20, collarSeconds });
}

function closeTo(errors: DiarizationErrors): DiarizationErrors {
  const { missed, falseAlarm, confusion, total } = errors;
  return {
    missed: expect.closeTo(missed, 6) as unknown as number,
    falseAlarm: expect.closeTo(falseAlarm, 6) as unknown as number,
    confusion: expect.closeTo(confusion, 6) as unknown as number,
    total: expect.closeTo(total, 6) as unknown as number,
  };
}

const TALK = turns('ann 0-4', 'bob 5-8', 'ann 9-12');

describe('without a collar', () => {
  it.each<[string, Turn[], Turn[], Partial<DiarizationErrors>]>([
    ['finds nothing wrong with the reference itself', TALK, TALK, {}],
    ['does not care what speakers are called', TALK, turns('bob 0-4', 'ann 5-8', 'bob 9-12'), {}],
    ['counts everything as missed where nothing was found', TALK, [], { missed: 10 }],
    [
      'counts the seconds given to another speaker',
      TALK,
      turns('x 0-4', 'x 5-6.5', 'y 6.5-8', 'x 9-12'),
      { confusion: 1.5 },
    ],
    [
      'counts one of two who were taken for one as confused',
      TALK,
      turns('x 0-4', 'x 5-8', 'x 9-12'),
      { confusion: 3 },
    ],
    [
      'counts the smaller part of somebody who was taken for two as confused',
      TALK,
      turns('x 0-4', 'y 5-8', 'z 9-12'),
      { confusion: 3 },
    ],
    [
      'counts what was found beside and around speech as false alarm',
      TALK,
      turns('x 0-5', 'y 5-8', 'x 9-12', 'z 15-17'),
      { falseAlarm: 3 },
    ],
    [
      'counts one of two who speak at once as missed where one was found',
      turns('ann 0-4', 'bob 3-6'),
      turns('x 0-4', 'y 4-6'),
      { missed: 1, total: 7 },
    ],
    [
      'counts two who were found where one speaks as one false alarm',
      turns('ann 0-4', 'bob 4-6'),
      turns('x 0-4', 'y 3-6'),
      { falseAlarm: 1, total: 6 },
    ],
    [
      'pairs speakers by the most common time, not by the first best',
      // ann: x 6, y 5; bob: x 5, y 0. The best is ann-y and bob-x, 10 of 16.
      turns('ann 0-11', 'bob 12-17'),
      turns('x 0-6', 'y 6-11', 'x 12-17'),
      { confusion: 6, total: 16 },
    ],
    [
      'counts a speaker once where two turns of theirs overlap',
      turns('ann 0-3', 'ann 2-4', 'bob 5-8', 'ann 9-12'),
      turns('x 0-4', 'y 5-8', 'x 9-11', 'x 9-12'),
      {},
    ],
    [
      'scores nothing after the end of the recording',
      turns('ann 18-25'),
      turns('x 18-30'),
      { total: 2 },
    ],
  ])('%s', (_, reference, hypothesis, errors) => {
    expect(score(reference, hypothesis)).toEqual(
      closeTo({ missed: 0, falseAlarm: 0, confusion: 0, total: 10, ...errors }),
    );
  });
});

describe('with a collar of 0.25 s', () => {
  it('leaves that out on either side of each boundary', () => {
    // 10 s of speech less 0.25 s inside each of six boundaries.
    expect(score(TALK, [], 0.25)).toEqual(
      closeTo({ missed: 8.5, falseAlarm: 0, confusion: 0, total: 8.5 }),
    );
  });

  it('does not see what is too long or too short by less', () => {
    const found = turns('x 0-4.2', 'y 4.8-8.25', 'x 9.25-11.75');
    expect(score(TALK, found, 0.25)).toMatchObject(
      closeTo({ missed: 0, falseAlarm: 0, confusion: 0, total: 8.5 }),
    );
    expect(score(TALK, found, 0.2).missed).toBeCloseTo(0.1);
  });

  it('scores nothing of a turn that is not longer than twice that', () => {
    const reference = turns('ann 0-4', 'bob 5-5.4');
    expect(score(reference, turns('x 0-4'), 0.25)).toEqual(
      closeTo({ missed: 0, falseAlarm: 0, confusion: 0, total: 3.5 }),
    );
  });

  it('looks for boundaries of speakers, not of overlapping turns of one', () => {
    const reference = turns('ann 0-3', 'ann 2-4');
    expect(score(reference, [], 0.25).total).toBeCloseTo(3.5);
  });

  it('pairs speakers by all they say, as md-eval does', () => {
    // y has 3.3 s of ann, of which 1.8 s are scored; x has 3 s, of which 2.5 s are.
    const reference = turns('ann 0-3', 'ann 4-5.1', 'ann 6-7.1', 'ann 8-9.1');
    const found = turns('x 0-3', 'y 4-5.1', 'y 6-7.1', 'y 8-9.1');
    expect(score(reference, found, 0.25).confusion).toBeCloseTo(2.5);
  });
});

describe('where nobody speaks', () => {
  it('has no rate, but counts what was found', () => {
    const errors = score([], turns('x 1-3'));
    expect(errors).toEqual({ missed: 0, falseAlarm: 2, confusion: 0, total: 0 });
    expect(diarizationErrorRate(errors)).toBeNull();
  });

  it('is no error in nothing', () => {
    expect(score([], [])).toEqual({ missed: 0, falseAlarm: 0, confusion: 0, total: 0 });
  });
});

it('adds up the errors of several recordings before it divides', () => {
  const errors = pooledErrors([
    { missed: 1, falseAlarm: 0, confusion: 0, total: 2 },
    { missed: 0, falseAlarm: 1, confusion: 2, total: 18 },
  ]);
  expect(errors).toEqual({ missed: 1, falseAlarm: 1, confusion: 2, total: 20 });
  expect(diarizationErrorRate(errors)).toBe(0.2);
});

it.each([0, 100, 250])(
  'agrees with a scorer of single milliseconds, at a collar of %d ms',
  (collarMs) => {
    const random = createRandom(collarMs + 1);
    for (let round = 0; round < 25; round++) {
      const reference = randomTurns(random, round % 5);
      const hypothesis = randomTurns(random, Math.floor(random.uniform(0, 5)));
      const options = { recordingSeconds: 10, collarSeconds: collarMs / 1000 };
      expect(scoreDiarization(reference, hypothesis, options)).toEqual(
        closeTo(scoreByFrames(reference, hypothesis, 10_000, collarMs)),
      );
    }
  },
);

/** Turns of so many speakers, on whole milliseconds, some beyond the end of 10 s. */
function randomTurns(random: Random, speakers: number): Turn[] {
  return Array.from({ length: speakers * 3 }, () => {
    const start = Math.floor(random.uniform(0, 9_900));
    const end = start + Math.ceil(random.uniform(1, 2_500));
    const speaker = `s${Math.floor(random.uniform(0, speakers))}`;
    return { start: start / 1000, end: end / 1000, speaker };
  });
}
