import type { PartName } from './arguments.ts';
import type { Measurement } from './measurements.ts';
import type { SideOutcome, SideProcess } from './sides/run-side.ts';

/** A part of the bench that needs no other. */
export type Part = {
  readonly name: PartName;
  /** With less time left it is not begun. */
  readonly leastSeconds: number;
  readonly mostSeconds: number;
  /** Lays out what it needs. */
  readonly prepare: () => Promise<SideProcess>;
};

export type PartOutcome = {
  readonly name: PartName;
  readonly seconds: number;
  readonly measurements: readonly Measurement[];
  /** Why it is not whole. */
  readonly failure?: string;
};

export type PartRunner = {
  readonly run: (side: SideProcess, timeoutMs: number) => Promise<SideOutcome>;
  /** In milliseconds. */
  readonly now: () => number;
  readonly say: (line: string) => void;
};

/**
 * Runs parts one after another until the time is up. One that fails takes nothing
 * from the others.
 *
 * @param deadline by the runner's clock, in milliseconds
 */
export async function runParts(
  parts: readonly Part[],
  deadline: number,
  { run, now, say }: PartRunner,
): Promise<PartOutcome[]> {
  const outcomes: PartOutcome[] = [];
  for (const { name, leastSeconds, mostSeconds, prepare } of parts) {
    const start = now();
    const leftSeconds = (deadline - start) / 1000;
    if (leftSeconds < leastSeconds) {
      outcomes.push({ name, seconds: 0, measurements: [], failure: 'no time left for it' });
      continue;
    }
    say(`${name}…`);
    const outcome = await prepare().then(
      (side) => run(side, Math.min(deadline - now(), mostSeconds * 1000)),
      (error: Error): SideOutcome => ({ measurements: [], failure: error.message }),
    );
    const { measurements, failure } = outcome;
    const seconds = (now() - start) / 1000;
    outcomes.push({ name, seconds, measurements, ...(failure !== undefined && { failure }) });
    if (failure !== undefined) {
      say(`${name}: ${failure}`);
    }
  }
  return outcomes;
}
