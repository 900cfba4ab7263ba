import { ERRORS } from '#contracts/errors.ts';
import type { Segment, Transcript, Warning } from '#contracts/transcript.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { type Paragraph, paragraphs } from './paragraphs.ts';
import { speakerTable } from './speaker-table.ts';
import { clockTime } from './timestamp.ts';
import { channelLabel, voicesOf } from './voice-label.ts';

/**
 * The transcript for a reader: first the running text by speaker (or channel),
 * then who talks for how long, then every segment with its times. A name is
 * written where the voice changes, not again after a pause.
 */
export function renderMarkdown(transcript: Transcript): string {
  const { segments, speakers = [], warnings } = transcript;
  const voiceOf = voicesOf(transcript);
  const sections = [
    '# Full Transcript',
    ...(segments.length === 0
      ? ['_No speech was found._']
      : fullText(paragraphs(segments, voiceOf))),
    ...(speakers.length === 0 ? [] : ['# Speakers', speakerTable(speakers)]),
    '# Timestamped Transcript',
    ...segments.map((segment, index) => timestampedSegment(segment, index, voiceOf(segment))),
    ...notes(warnings),
  ];
  return `${sections.join('\n\n')}\n`;
}

function fullText(spoken: readonly Paragraph[]): string[] {
  return spoken.map(({ voice, text }, index) =>
    voice === undefined || voice === spoken[index - 1]?.voice
      ? escapeMarkdown(text)
      : `**${escapeMarkdown(voice)}:** ${escapeMarkdown(text)}`,
  );
}

function timestampedSegment(segment: Segment, index: number, voice: string | undefined): string {
  const label = voice === undefined ? '' : ` (${escapeMarkdown(voice)})`;
  const heading = `## Segment ${index + 1}: [${clockTime(segment.start)} - ${clockTime(segment.end)}]${label}`;
  const words = segment.words
    ?.map((word) => `${escapeMarkdown(word.text.trim())} [${word.start.toFixed(2)}s]`)
    .join(' ');
  return [heading, escapeMarkdown(segment.text), ...(words === undefined ? [] : [words])].join(
    '\n\n',
  );
}

function notes(warnings: readonly Warning[]): string[] {
  if (warnings.length === 0) {
    return [];
  }
  return ['# Notes', warnings.map(note).join('\n')];
}

function note({ code, channel, name, message, cause }: Warning): string {
  const about = name === undefined ? channelLabel(channel) : escapeMarkdown(name);
  const where = about === undefined ? '' : ` (${about})`;
  const why = cause === undefined ? '' : ` ${ERRORS[cause].title}.`;
  return `- ${code}${where}: ${message}${why}`;
}
