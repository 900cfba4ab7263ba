/** One speaker talking, in seconds of the recording. */
export type Turn = { readonly start: number; readonly end: number; readonly speaker: string };

/** The names of all who speak, by first appearance in the list. */
export function speakersOf(turns: readonly Turn[]): string[] {
  return [...new Set(turns.map(({ speaker }) => speaker))];
}

/**
 * Turns within a recording such that those of one speaker neither overlap nor
 * touch: annotations have the same voice twice at once, and it speaks once.
 *
 * @param pauseSeconds shorter pauses of a speaker do not end a turn; default none
 * @returns turns by speaker, then by start
 */
export function mergeTurns(
  turns: readonly Turn[],
  recordingSeconds: number,
  pauseSeconds = 0,
): Turn[] {
  return speakersOf(turns).flatMap((speaker) => {
    const merged: Turn[] = [];
    const own = turns.filter((turn) => turn.speaker === speaker);
    for (const turn of own.toSorted((a, b) => a.start - b.start)) {
      const start = Math.max(0, turn.start);
      const end = Math.min(recordingSeconds, turn.end);
      const last = merged.at(-1);
      if (end <= start) {
        continue;
      }
      if (last !== undefined && (start <= last.end || start - last.end < pauseSeconds)) {
        merged[merged.length - 1] = { ...last, end: Math.max(last.end, end) };
      } else {
        merged.push({ start, end, speaker });
      }
    }
    return merged;
  });
}
