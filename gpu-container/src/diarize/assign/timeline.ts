import type { Stretch } from '../stretch-embedder.ts';

/** Stretches by their start, no two of which overlap, so that they can be searched by bisection. */
export type Timeline = readonly Stretch[];

/** Seconds of a stretch that the timeline covers. */
export function coveredSeconds(timeline: Timeline, { start, end }: Stretch): number {
  let seconds = 0;
  for (let index = firstEndingAfter(timeline, start); index < timeline.length; index++) {
    const stretch = timeline[index]!;
    if (stretch.start >= end) {
      break;
    }
    seconds += Math.min(end, stretch.end) - Math.max(start, stretch.start);
  }
  return seconds;
}

/** Whether at least half of a stretch is covered; of one without duration, whether its instant is. */
export function coversHalf(timeline: Timeline, stretch: Stretch): boolean {
  const duration = stretch.end - stretch.start;
  return duration > 0
    ? coveredSeconds(timeline, stretch) >= duration / 2
    : nearestStretch(timeline, stretch.start)?.distance === 0;
}

/** The stretch nearest to a moment, and how far it is; of two as near, the earlier. Undefined where there is none. */
export function nearestStretch(
  timeline: Timeline,
  moment: number,
): { stretch: Stretch; distance: number } | undefined {
  const index = firstEndingAfter(timeline, moment);
  const candidates = [timeline[index - 1], timeline[index]].flatMap((stretch) =>
    stretch === undefined
      ? []
      : [{ stretch, distance: Math.max(0, stretch.start - moment, moment - stretch.end) }],
  );
  const [first, second] = candidates;
  return second !== undefined && first !== undefined && second.distance < first.distance
    ? second
    : first;
}

/** Where at least two of the given stretches overlap, as a timeline. */
export function overlaps(stretches: readonly Stretch[]): Timeline {
  const edges = stretches
    .flatMap(({ start, end }) => [
      { at: start, step: 1 },
      { at: end, step: -1 },
    ])
    .toSorted((one, other) => one.at - other.at || one.step - other.step);
  const result: Stretch[] = [];
  let open = 0;
  let since = 0;
  for (const { at, step } of edges) {
    if (step === 1 && open === 1) {
      since = at;
    }
    if (step === -1 && open === 2) {
      result.push({ start: since, end: at });
    }
    open += step;
  }
  return result;
}

/** Index of the first stretch that ends after a moment. */
function firstEndingAfter(timeline: Timeline, moment: number): number {
  let low = 0;
  let high = timeline.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeline[middle]!.end > moment) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
