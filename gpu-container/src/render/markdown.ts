import type { Segment, Transcript, Warning } from '#contracts/transcript.ts';
import { clockTime } from './timestamp.ts';
import { channelLabel, voiceLabel } from './voice-label.ts';

/** A silence this long between two segments reads as a new paragraph. */
const PARAGRAPH_PAUSE_SECONDS = 1.5;

/** The transcript for a reader: first the running text by speaker (or channel), then every segment with its times. */
export function renderMarkdown(transcript: Transcript): string {
  const sections = [
    '# Full Transcript',
    ...(transcript.segments.length === 0
      ? ['_No speech was found._']
      : fullText(transcript.segments)),
    '# Timestamped Transcript',
    ...transcript.segments.map(timestampedSegment),
    ...notes(transcript.warnings),
  ];
  return `${sections.join('\n\n')}\n`;
}

function fullText(segments: readonly Segment[]): string[] {
  return paragraphs(segments).map((paragraph) => {
    const text = escapeMarkdown(paragraph.map((segment) => segment.text).join(' '));
    const voice = paragraph[0] && voiceLabel(paragraph[0]);
    return voice === undefined ? text : `**${escapeMarkdown(voice)}:** ${text}`;
  });
}

function paragraphs(segments: readonly Segment[]): Segment[][] {
  const result: Segment[][] = [];
  for (const segment of segments) {
    const current = result.at(-1);
    const previous = current?.at(-1);
    if (
      current === undefined ||
      previous === undefined ||
      voiceLabel(previous) !== voiceLabel(segment) ||
      segment.start - previous.end >= PARAGRAPH_PAUSE_SECONDS
    ) {
      result.push([segment]);
    } else {
      current.push(segment);
    }
  }
  return result;
}

function timestampedSegment(segment: Segment, index: number): string {
  const label = voiceLabel(segment);
  const voice = label === undefined ? '' : ` (${escapeMarkdown(label)})`;
  const heading = `## Segment ${index + 1}: [${clockTime(segment.start)} - ${clockTime(segment.end)}]${voice}`;
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

function note({ code, channel, message }: Warning): string {
  const where = channel === undefined ? '' : ` (${channelLabel(channel)})`;
  return `- ${code}${where}: ${message}`;
}

/** Speech that looks like markup must read as it was said; an underscore inside a word is none. */
function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\\`*[\]<>~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)/g, '\\$&')
      .replace(/^(\s*)(#|[-+](?=[\s-]|$))/, '$1\\$2')
      // Only punctuation can be escaped: of a numbered list that is the mark after the number.
      .replace(/^(\s*\d+)(?=[.)](?:\s|$))/, '$1\\')
  );
}
