import type { Point } from '../report/line-plot.ts';
import { slope } from '../report/slope.ts';
import type { MemorySample } from './side-messages.ts';

/** Until then buffers and heaps grow to their working size. */
const SETTLED_MINUTES = 10;
/** The stage that goes on longest, and that keeps what it has found. */
const STAGE = 'transcribe';

/** How memory goes on after the first minutes of a recording. */
export type SettledMemory = {
  fromMinute: number;
  /** By least squares. */
  slopeMbPerHour: number;
  lowestMb: number;
  highestMb: number;
  firstMb: number;
  lastMb: number;
};

/** The trend from minute 10 of the recording on; null where there are no two samples of it. */
export function settledMemory(samples: readonly MemorySample[]): SettledMemory | null {
  const points = pointsOf(samples.filter(({ stage }) => stage === STAGE)).filter(
    ({ x }) => x >= SETTLED_MINUTES,
  );
  const perMinute = slope(points);
  if (perMinute === undefined) {
    return null;
  }
  const megabytes = points.map(({ y }) => y);
  return {
    fromMinute: SETTLED_MINUTES,
    slopeMbPerHour: perMinute * 60,
    lowestMb: Math.min(...megabytes),
    highestMb: Math.max(...megabytes),
    firstMb: megabytes[0]!,
    lastMb: megabytes.at(-1)!,
  };
}

/** Resident memory by minutes of the recording. */
export function pointsOf(samples: readonly MemorySample[]): Point[] {
  return samples.map(({ mediaSeconds, rssMb }) => ({ x: mediaSeconds / 60, y: rssMb }));
}
