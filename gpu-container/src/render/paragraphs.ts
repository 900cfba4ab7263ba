import type { Segment } from '#contracts/transcript.ts';
import type { VoiceOf } from './voice-label.ts';

/** A silence this long between two segments reads as a new paragraph. */
const PARAGRAPH_PAUSE_SECONDS = 1.5;

/** What one voice says without a long pause. */
export type Paragraph = { readonly voice: string | undefined; readonly text: string };

/** Joins the segments to paragraphs: a new one at each voice, and after a long pause. */
export function paragraphs(segments: readonly Segment[], voiceOf: VoiceOf): Paragraph[] {
  const groups: { voice: string | undefined; segments: Segment[] }[] = [];
  for (const segment of segments) {
    const voice = voiceOf(segment);
    const current = groups.at(-1);
    const previous = current?.segments.at(-1);
    if (
      current === undefined ||
      previous === undefined ||
      current.voice !== voice ||
      segment.start - previous.end >= PARAGRAPH_PAUSE_SECONDS
    ) {
      groups.push({ voice, segments: [segment] });
    } else {
      current.segments.push(segment);
    }
  }
  return groups.map((group) => ({
    voice: group.voice,
    text: group.segments.map(({ text }) => text).join(' '),
  }));
}
