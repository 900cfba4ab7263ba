import type { SpeechRegion } from '../../../gpu-container/src/vad/speech-regions.ts';
import type { Random } from './random.ts';
import { turnOrder } from './turn-order.ts';

const SHORTEST_TURN_SECONDS = 1;
const LONGEST_TURN_SECONDS = 12;
/** Half of the turns are meant to be shorter. */
const MEDIAN_TURN_SECONDS = 3;
/** Standard deviation of the logarithm. */
const TURN_SPREAD = 0.6;
/** A voice that pauses as long as this has ended its turn. */
const TURN_END_PAUSE_SECONDS = 1;
const PAUSE_SECONDS = { from: 0.1, to: 1 };
const OVERLAP_SECONDS = { from: 0.2, to: 1 };
const LEAD_IN_SECONDS = 0.5;

/** What a voice says in a turn, and when. */
export type PlannedTurn = {
  voice: number;
  /** Speech of its recording, one piece after another. */
  regions: readonly SpeechRegion[];
  /** When the first of them begins, in seconds of the conversation. */
  start: number;
};

export type PlanOptions = {
  turnsPerVoice: number;
  /** How many of the turns begin before the one before has ended. */
  overlapShare: number;
};

/**
 * Plans a conversation: in which order voices speak, what, and when. Two overlap
 * at most, and by half a turn at most.
 *
 * @param speech of each voice, where it speaks in its recording, in order and disjoint
 */
export function planTurns(
  speech: readonly (readonly SpeechRegion[])[],
  { turnsPerVoice, overlapShare }: PlanOptions,
  random: Random,
): PlannedTurn[] {
  const passages = speech.map((regions) => endlessPassages(regions, random));
  const turns: PlannedTurn[] = [];
  let previous = { voice: -1, end: LEAD_IN_SECONDS, seconds: 0 };
  for (const voice of turnOrder(speech.length, turnsPerVoice, random)) {
    const regions = passages[voice]!.next().value;
    const seconds = lengthOf(regions);
    const canOverlap = previous.voice !== -1 && previous.voice !== voice;
    const overlaps = random.uniform(0, 1) < overlapShare;
    const pause = random.uniform(PAUSE_SECONDS.from, PAUSE_SECONDS.to);
    const overlap = random.uniform(OVERLAP_SECONDS.from, OVERLAP_SECONDS.to);
    const gap =
      canOverlap && overlaps ? -Math.min(overlap, seconds / 2, previous.seconds / 2) : pause;
    const start = previous.voice === -1 ? LEAD_IN_SECONDS : previous.end + gap;
    turns.push({ voice, regions, start });
    previous = { voice, end: start + seconds, seconds };
  }
  return turns;
}

/** What a voice says, turn by turn; from the beginning again where its recording ends. */
function* endlessPassages(
  regions: readonly SpeechRegion[],
  random: Random,
): Generator<readonly SpeechRegion[], never> {
  for (let first = 0, skipped = 0; ; first %= regions.length) {
    const drawn = MEDIAN_TURN_SECONDS * Math.exp(TURN_SPREAD * random.normal());
    const wanted = Math.min(LONGEST_TURN_SECONDS, Math.max(SHORTEST_TURN_SECONDS, drawn));
    const passage = takePassage(regions, first, wanted);
    first += passage.length;
    // A scrap between long pauses is no turn, unless there is nothing else.
    skipped = lengthOf(passage) < SHORTEST_TURN_SECONDS ? skipped + 1 : 0;
    if (skipped === 0 || skipped > regions.length) {
      yield passage;
    }
  }
}

/** The regions from one on that come nearest to a length. */
function takePassage(
  regions: readonly SpeechRegion[],
  first: number,
  wantedSeconds: number,
): readonly SpeechRegion[] {
  const { start } = regions[first]!;
  let last = first;
  for (let next = first + 1; next < regions.length; next++) {
    const { end } = regions[last]!;
    const withNext = regions[next]!.end - start;
    const isNearer = withNext - wantedSeconds < wantedSeconds - (end - start);
    const goesOn = regions[next]!.start - end < TURN_END_PAUSE_SECONDS;
    if (!isNearer || !goesOn || withNext > LONGEST_TURN_SECONDS) {
      break;
    }
    last = next;
  }
  return regions.slice(first, last + 1);
}

function lengthOf(regions: readonly SpeechRegion[]): number {
  return regions.at(-1)!.end - regions[0]!.start;
}
