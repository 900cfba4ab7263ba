import type { SpeakerTurn } from './diarizer.ts';

/**
 * Gives turns that are too short to whoever speaks around them: the speaker
 * whose longer turn is nearest speaks through the gap to it and through the short
 * turn. A short turn that is at least its own minimum away from every longer one
 * stays as it is, and one within somebody else's turn goes.
 *
 * @param turns by their start
 * @returns by their start; those of one speaker that meet are one
 */
export function absorbShortTurns(turns: readonly SpeakerTurn[], minSeconds: number): SpeakerTurn[] {
  const isLong = ({ start, end }: SpeakerTurn) => end - start >= minSeconds;
  const long = turns.filter(isLong);
  let first = 0;
  const settled = turns.map((turn) => {
    if (isLong(turn)) {
      return turn;
    }
    while (first < long.length && long[first]!.end <= turn.start - minSeconds) {
      first++;
    }
    const nearest = nearestOf(turn, long, first, minSeconds);
    return nearest === undefined
      ? turn
      : {
          // As far as to the turn it goes to, so that the two become one.
          start: Math.min(turn.start, nearest.end),
          end: Math.max(turn.end, nearest.start),
          speaker: nearest.speaker,
        };
  });
  return joinTouching(settled);
}

/** The one of some turns that is nearest to another, the first of equals, unless it is that far away. */
function nearestOf(
  { start, end }: SpeakerTurn,
  others: readonly SpeakerTurn[],
  first: number,
  tooFar: number,
): SpeakerTurn | undefined {
  let nearest: SpeakerTurn | undefined;
  let least = tooFar;
  for (let index = first; index < others.length && others[index]!.start < end + tooFar; index++) {
    const other = others[index]!;
    const gap = Math.max(0, other.start - end, start - other.end);
    if (gap < least) {
      [nearest, least] = [other, gap];
    }
  }
  return nearest;
}

/** Turns of one speaker that meet or overlap become one. */
function joinTouching(turns: readonly SpeakerTurn[]): SpeakerTurn[] {
  const joined: SpeakerTurn[] = [];
  const lastOf = new Map<number, number>();
  for (const turn of byStart(turns)) {
    const last = lastOf.get(turn.speaker);
    const before = last === undefined ? undefined : joined[last]!;
    if (last !== undefined && before !== undefined && turn.start <= before.end) {
      joined[last] = { ...before, end: Math.max(before.end, turn.end) };
    } else {
      lastOf.set(turn.speaker, joined.push(turn) - 1);
    }
  }
  return joined;
}

export function byStart(turns: readonly SpeakerTurn[]): SpeakerTurn[] {
  return turns.toSorted((a, b) => a.start - b.start || a.speaker - b.speaker);
}
