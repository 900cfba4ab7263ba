import { describe, expect, it } from '@jest/globals';
import type { SideResult, SideTask } from '../../../../bench/embed/sides/messages.ts';
import type { RunningSide } from '../../../../bench/embed/sides/start-side.ts';
import {
  median,
  peakMemory,
  picturesPerSecond,
  secondsTaken,
  takeTurns,
} from '../../../../bench/embed/turns.ts';

const task: SideTask = {
  kind: 'prepare',
  pictures: { path: '/pictures', width: 1, height: 1, count: 1 },
};

const result = (seconds: number, peakRssMb = 100): SideResult => ({
  ...{ seconds, peakRssMb, pictures: 12 },
});

function sideOf(name: string, log: string[]): RunningSide {
  return {
    run: async () => {
      log.push(name);
      return result(1);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

describe('sides that take turns', () => {
  it('go first in every other round', async () => {
    const log: string[] = [];
    const sides = { ours: sideOf('ours', log), peer: sideOf('peer', log) };
    const turns = await takeTurns(sides, task, 3);
    expect(log).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer']);
    expect([turns.ours, turns.peer].map((results) => results.length)).toEqual([3, 3]);
  });

  it('do without a peer', async () => {
    const log: string[] = [];
    const turns = await takeTurns({ ours: sideOf('ours', log), peer: undefined }, task, 2);
    expect(log).toEqual(['ours', 'ours']);
    expect(picturesPerSecond(turns)).toEqual({ ours: 12, peer: null, ratio: null });
    expect(peakMemory([turns])).toEqual({ ours: 100, peer: null });
  });
});

describe('the figures of a comparison', () => {
  // The second round met a busy machine.
  const turns = {
    ours: [result(2, 300), result(8, 400), result(3)],
    peer: [result(4, 200), result(24), result(3)],
  };

  it('are medians, and of ratios that of the rounds', () => {
    expect(picturesPerSecond(turns)).toEqual({ ours: 4, peer: 3, ratio: 2 });
    expect(secondsTaken(turns)).toEqual({ ours: 3, peer: 4, ratio: 2 });
  });

  it('have the most memory of any task', () => {
    expect(peakMemory([turns, { ours: [result(1, 350)], peer: [result(1, 500)] }])).toEqual({
      ...{ ours: 400, peer: 500 },
    });
  });

  it.each([
    [[], null],
    [[3], 3],
    [[10, 1, 3], 3],
    [[4, 1, 2, 10], 3],
  ])('have a median: of %j %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
});
