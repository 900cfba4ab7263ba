import type { SpeakerTurn } from '../diarizer.ts';
import type { Stretch } from '../stretch-embedder.ts';
import { coveredSeconds, coversHalf, nearestStretch, overlaps, type Timeline } from './timeline.ts';

/** Shares of a stretch this close are as large: no turn is timed more finely. */
const TIE_SECONDS = 0.001;

/** Answers who speaks in a stretch of the recording. */
export type SpeakerSearch = {
  /** Index of the speaker; undefined where nobody ever speaks. */
  heardIn(stretch: Stretch): number | undefined;
  /** Seconds of a stretch in which a speaker talks. */
  secondsOf(speaker: number, stretch: Stretch): number;
  /** Whether several talk at once in at least half of it. */
  isCrosstalk(stretch: Stretch): boolean;
};

/**
 * Prepares the search for who speaks: it is whose turns cover most of a
 * stretch; of several who cover as much, and where nobody does, whose turn is
 * nearest to its middle; of several as near, who began first.
 *
 * Each question takes a bisection per speaker, whatever the length of the recording.
 *
 * @param turns those of one speaker do not overlap
 */
export function searchSpeakers(turns: readonly SpeakerTurn[]): SpeakerSearch {
  const timelines = new Map<number, Timeline>(
    Map.groupBy(
      turns.toSorted((one, other) => one.start - other.start),
      ({ speaker }) => speaker,
    ),
  );
  const speakers = [...timelines];
  const crosstalk = overlaps(turns);
  return {
    heardIn: (stretch) => nearest(mostHeard(speakers, stretch), (stretch.start + stretch.end) / 2),
    secondsOf: (speaker, stretch) => coveredSeconds(timelines.get(speaker) ?? [], stretch),
    isCrosstalk: (stretch) => coversHalf(crosstalk, stretch),
  };
}

type SpeakerTimeline = readonly [speaker: number, timeline: Timeline];

function mostHeard(timelines: readonly SpeakerTimeline[], stretch: Stretch): SpeakerTimeline[] {
  const shares = timelines.map(([, timeline]) => coveredSeconds(timeline, stretch));
  const largest = Math.max(0, ...shares);
  return timelines.filter((_, index) => shares[index]! >= largest - TIE_SECONDS);
}

function nearest(timelines: readonly SpeakerTimeline[], moment: number): number | undefined {
  const [first] = timelines
    .flatMap(([speaker, timeline]) => {
      const found = nearestStretch(timeline, moment);
      return found === undefined
        ? []
        : [{ speaker, distance: found.distance, since: found.stretch.start }];
    })
    .toSorted((one, other) => one.distance - other.distance || one.since - other.since);
  return first?.speaker;
}
