import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../../../../../bench/diarize/mixture/random.ts';
import { turnOrder } from '../../../../../bench/diarize/mixture/turn-order.ts';
import { type PlannedTurn, planTurns } from '../../../../../bench/diarize/mixture/turn-plan.ts';
import { phrases } from '../sample-voice.ts';

describe('the order of turns', () => {
  it.each([2, 3, 8])('of %d voices gives each its turns, and none two in a row', (voices) => {
    for (let seed = 0; seed < 50; seed++) {
      const order = turnOrder(voices, 5, createRandom(seed));
      for (let voice = 0; voice < voices; voice++) {
        expect(order.filter((one) => one === voice)).toHaveLength(5);
      }
      expect(order.some((voice, index) => voice === order[index - 1])).toBe(false);
    }
  });

  it('lets a voice speak on that is alone', () => {
    expect(turnOrder(1, 3, createRandom(1))).toEqual([0, 0, 0]);
  });
});

describe('a plan', () => {
  const speech = [phrases(30), phrases(40), phrases(20)];
  const options = { turnsPerVoice: 6, overlapShare: 0.5 };
  const plan = planTurns(speech, options, createRandom(5));

  it('has turns of about 1 to 12 s, of different lengths', () => {
    const lengths = plan.map(secondsOf);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(12);
    expect(new Set(lengths.map((length) => length.toFixed(1))).size).toBeGreaterThan(2);
  });

  it('repeats what a voice says only after all of it was said', () => {
    for (const [voice, regions] of speech.entries()) {
      const said = plan.filter((turn) => turn.voice === voice).flatMap((turn) => turn.regions);
      expect(said).toEqual(said.map((_, index) => regions[index % regions.length]));
    }
    const short = planTurns([phrases(3), phrases(3)], options, createRandom(1));
    const said = short.filter(({ voice }) => voice === 0).flatMap(({ regions }) => regions);
    expect(said.length).toBeGreaterThan(3);
    expect(said).toEqual(said.map((_, index) => phrases(3)[index % 3]));
  });

  it('has pauses and overlaps between turns, and never three voices at once', () => {
    const gaps = plan.slice(1).map((turn, index) => turn.start - endOf(plan[index]!));
    const overlaps = gaps.filter((gap) => gap < 0);
    expect(overlaps.length).toBeGreaterThan(3);
    expect(overlaps.length).toBeLessThan(gaps.length);
    for (const gap of gaps) {
      expect(gap).toBeGreaterThanOrEqual(-1);
      expect(gap).toBeLessThanOrEqual(1);
    }
    for (const [index, turn] of plan.entries()) {
      expect(turn.start).toBeGreaterThanOrEqual(index < 2 ? 0 : endOf(plan[index - 2]!));
    }
  });

  it('has no overlaps where none are asked for', () => {
    const apart = planTurns(speech, { turnsPerVoice: 6, overlapShare: 0 }, createRandom(5));
    for (const [index, turn] of apart.slice(1).entries()) {
      expect(turn.start - endOf(apart[index]!)).toBeGreaterThan(0.099);
    }
  });

  it('ends a turn at a long pause, and passes over scraps between such pauses', () => {
    const regions = [
      { start: 0, end: 2 },
      { start: 4, end: 4.3 },
      { start: 9, end: 11 },
    ];
    const said = planTurns([regions], { turnsPerVoice: 4, overlapShare: 0 }, createRandom(1));
    expect(said.map((turn) => turn.regions)).toEqual([
      [regions[0]],
      [regions[2]],
      [regions[0]],
      [regions[2]],
    ]);
  });

  it('takes scraps where there is nothing else', () => {
    const scrap = { start: 0, end: 0.5 };
    const said = planTurns([[scrap]], { turnsPerVoice: 2, overlapShare: 0 }, createRandom(1));
    expect(said.map((turn) => turn.regions)).toEqual([[scrap], [scrap]]);
  });
});

function secondsOf({ regions }: PlannedTurn): number {
  return regions.at(-1)!.end - regions[0]!.start;
}

function endOf(turn: PlannedTurn): number {
  return turn.start + secondsOf(turn);
}
