import type { Transcript } from '#contracts/transcript.ts';
import { paragraphs } from './paragraphs.ts';
import { voicesOf } from './voice-label.ts';

/**
 * One segment a line and nothing else, but for the channel where there is one.
 * Where speakers are told apart, one paragraph a line, each with who says it.
 */
export function renderTxt(transcript: Transcript): string {
  const { segments } = transcript;
  const voiceOf = voicesOf(transcript);
  const lines = segments.some(({ speaker }) => speaker !== undefined)
    ? paragraphs(segments, voiceOf)
    : segments.map((segment) => ({ voice: voiceOf(segment), text: segment.text }));
  return lines
    .map(({ voice, text }) => (voice === undefined ? `${text}\n` : `${voice}: ${text}\n`))
    .join('');
}

/**
 * Columns start, end (milliseconds) and text; between them speaker, by name
 * where there is one, and channel (from 0), each where any segment has one.
 */
export function renderTsv(transcript: Transcript): string {
  const voiceOf = voicesOf(transcript);
  const hasSpeakers = transcript.segments.some((segment) => segment.speaker !== undefined);
  const hasChannels = transcript.segments.some((segment) => segment.channel !== undefined);
  const header = [
    ...['start', 'end'],
    ...(hasSpeakers ? ['speaker'] : []),
    ...(hasChannels ? ['channel'] : []),
    'text',
  ];
  const rows = transcript.segments.map((segment) => [
    Math.round(segment.start * 1000),
    Math.round(segment.end * 1000),
    ...(hasSpeakers ? [segment.speaker === undefined ? '' : voiceOf(segment)] : []),
    ...(hasChannels ? [segment.channel ?? ''] : []),
    segment.text.replace(/\s+/g, ' '),
  ]);
  return [header, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
