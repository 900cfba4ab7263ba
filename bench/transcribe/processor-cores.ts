import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * A command that runs on so many cores only, so that two sides that use them
 * differently (threads in an operator, operators beside each other, work beside
 * the model) have the same. As it is, where this machine has no more of them, or
 * no `taskset`.
 */
export function pinnedCommand(command: readonly string[], cores: number): string[] {
  const list = coresToPin(cores);
  return list === undefined ? [...command] : ['taskset', '-c', list, ...command];
}

/** Whether both sides get the same cores and no more. */
export function isPinned(cores: number): boolean {
  return availableParallelism() <= cores || coresToPin(cores) !== undefined;
}

function coresToPin(cores: number): string | undefined {
  if (availableParallelism() <= cores || spawnSync('taskset', ['--version']).status !== 0) {
    return undefined;
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  return firstCores(/^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1] ?? '', cores);
}

/** The first cores of a list like the kernel's: `firstCores('0-3,8', 2)` is `0,1`. */
export function firstCores(list: string, count: number): string | undefined {
  const cores = list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range
      .split('-')
      .map((number) => Number.parseInt(number, 10));
    return Number.isNaN(first)
      ? []
      : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return cores.length < count ? undefined : cores.slice(0, count).join(',');
}
