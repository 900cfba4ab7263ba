import type { Granularity } from '#contracts/tasks/text-embedding.ts';
import type { Segment, Transcript } from '#contracts/transcript.ts';
import { type ChunkOptions, packSentences } from './chunks.ts';
import type { Passage } from './passage.ts';
import { sentencesOf } from './sentences.ts';
import { turnsOf } from './turns.ts';

/**
 * Divides a transcript into passages to search.
 *
 * - `segment`: as the recogniser put them out
 * - `speaker-turn`: what one speaker says until another does; without speakers, until a
 *   long pause. A turn of more than `maxTokens` is divided as chunks are, so that
 *   the model reads all of it
 * - `chunk`: whole sentences up to `maxTokens`, the last of them again at the start of the
 *   next, whoever speaks
 *
 * @param options.countTokens of the model that will read them
 */
export function passagesOf(
  { segments, language }: Pick<Transcript, 'segments' | 'language'>,
  granularity: Granularity,
  options: ChunkOptions,
): Passage[] {
  switch (granularity) {
    case 'segment':
      return segments.map(passageOfSegment);
    case 'speaker-turn':
      return turnsOf(segments).flatMap((turn) =>
        packSentences(sentencesOf(turn, language.code), options),
      );
    case 'chunk':
      return packSentences(
        turnsOf(segments).flatMap((turn) => sentencesOf(turn, language.code)),
        options,
      );
  }
}

function passageOfSegment({ start, end, text, speaker, channel }: Segment): Passage {
  return {
    start,
    end,
    text: text.trim(),
    ...(speaker !== undefined && { speaker }),
    ...(channel !== undefined && { channel }),
  };
}
