import { describe, expect, it } from '@jest/globals';
import type { PartName } from '../../../../bench/gpu/arguments.ts';
import type { Measurement } from '../../../../bench/gpu/measurements.ts';
import { type Part, runParts } from '../../../../bench/gpu/run-parts.ts';
import type { SideOutcome } from '../../../../bench/gpu/sides/run-side.ts';

const FIGURE: Measurement = { measured: 'versions', side: 'ours', versions: 'x 1' };

/** Parts that take so many seconds each, by a clock of their own. */
function runWith(outcomes: Partial<Record<PartName, SideOutcome>>, secondsEach: number) {
  let now = 0;
  const timeouts: number[] = [];
  const said: string[] = [];
  return {
    timeouts,
    said,
    runner: {
      run: async ({ command: [name] }: { command: readonly string[] }, timeoutMs: number) => {
        timeouts.push(timeoutMs);
        now += secondsEach * 1000;
        return outcomes[name as PartName] ?? { measurements: [FIGURE] };
      },
      now: () => now,
      say: (line: string) => said.push(line),
    },
  };
}

const part = (name: PartName, leastSeconds = 10, mostSeconds = 60): Part => ({
  ...{ name, leastSeconds, mostSeconds },
  prepare: async () => ({ command: [name], request: {}, env: {} }),
});

describe('the parts of the GPU bench', () => {
  it('go on after one that fails, with what it had measured', async () => {
    const { runner, said } = runWith({ turbo: { measurements: [FIGURE], failure: 'no' } }, 5);
    const outcomes = await runParts([part('turbo'), part('clip')], 100_000, runner);
    expect(outcomes).toEqual([
      { name: 'turbo', seconds: 5, measurements: [FIGURE], failure: 'no' },
      { name: 'clip', seconds: 5, measurements: [FIGURE] },
    ]);
    expect(said).toContain('turbo: no');
  });

  it('go on after one that cannot be prepared', async () => {
    const { runner } = runWith({}, 5);
    const prepare = async () => Promise.reject(new Error('no disk'));
    const parts = [{ ...part('parity'), prepare }, part('clip')];
    const outcomes = await runParts(parts, 100_000, runner);
    expect(outcomes.map(({ failure }) => failure)).toEqual(['no disk', undefined]);
  });

  it('are left out when the time is up, and get no more of it than there is', async () => {
    const { runner, timeouts } = runWith({}, 50);
    const parts = [part('turbo'), part('clip', 10), part('vjepa2', 20), part('loop', 5)];
    const outcomes = await runParts(parts, 115_000, runner);
    expect(timeouts).toEqual([60_000, 60_000, 15_000]);
    expect(outcomes.map(({ failure }) => failure)).toEqual([
      undefined,
      undefined,
      'no time left for it',
      undefined,
    ]);
  });
});
