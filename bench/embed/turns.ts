import type { SideResult, SideTask } from './sides/messages.ts';
import type { RunningSide } from './sides/start-side.ts';

export type Sides = { readonly ours: RunningSide; readonly peer: RunningSide | undefined };

/** What each side took for the same task, round by round. */
export type Turns = {
  readonly ours: readonly SideResult[];
  /** As many, or none. */
  readonly peer: readonly SideResult[];
};

/**
 * Has both sides do the same, one at a time and the other one first in every other
 * round, so that whatever else the machine does meets both alike.
 */
export async function takeTurns(
  { ours, peer }: Sides,
  task: SideTask,
  rounds: number,
): Promise<Turns> {
  const results = { ours: [] as SideResult[], peer: [] as SideResult[] };
  for (let round = 0; round < rounds; round++) {
    const turns = [
      async () => results.ours.push(await ours.run(task)),
      async () => peer && results.peer.push(await peer.run(task)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
      await turn();
    }
  }
  return results;
}

/** A figure of both sides, and how much better ours is; null where there is no peer. */
export type Comparison = {
  readonly ours: number;
  readonly peer: number | null;
  readonly ratio: number | null;
};

/** Pictures per second: medians over the rounds, and that of the rounds' ratios. */
export function picturesPerSecond({ ours, peer }: Turns): Comparison {
  const rateOf = ({ pictures, seconds }: SideResult) => pictures / seconds;
  const ratios = peer.map((result, round) => rateOf(ours[round]!) / rateOf(result));
  return {
    ours: median(ours.map(rateOf))!,
    peer: median(peer.map(rateOf)),
    ratio: median(ratios),
  };
}

/** Seconds that the task took: medians over the rounds, and that of how many times as long the peer took. */
export function secondsTaken({ ours, peer }: Turns): Comparison {
  const ratios = peer.map(({ seconds }, round) => seconds / ours[round]!.seconds);
  return {
    ours: median(ours.map(({ seconds }) => seconds))!,
    peer: median(peer.map(({ seconds }) => seconds)),
    ratio: median(ratios),
  };
}

/** The most memory that either side's process has had, in MiB. */
export function peakMemory(all: readonly Turns[]): { ours: number; peer: number | null } {
  const mostOf = (results: readonly SideResult[]) =>
    Math.max(...results.map(({ peakRssMb }) => peakRssMb));
  const peer = all.flatMap((turns) => turns.peer);
  return {
    ours: mostOf(all.flatMap((turns) => turns.ours)),
    peer: peer.length === 0 ? null : mostOf(peer),
  };
}

/** The middle value; of an even number of values, the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
