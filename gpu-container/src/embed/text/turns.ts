import type { Segment } from '#contracts/transcript.ts';

/** Where nobody was told apart, a silence this long ends what belongs together. */
const PAUSE_SECONDS = 1.5;

/** Successive segments of one speaker, or of one channel and no pause where no speaker is known. */
export function turnsOf(segments: readonly Segment[]): Segment[][] {
  const turns: Segment[][] = [];
  for (const segment of segments) {
    const previous = turns.at(-1)?.at(-1);
    if (previous !== undefined && continues(previous, segment)) {
      turns.at(-1)!.push(segment);
    } else {
      turns.push([segment]);
    }
  }
  return turns;
}

function continues(previous: Segment, next: Segment): boolean {
  const sameVoice = previous.speaker === next.speaker && previous.channel === next.channel;
  return sameVoice && (next.speaker !== undefined || next.start - previous.end < PAUSE_SECONDS);
}
