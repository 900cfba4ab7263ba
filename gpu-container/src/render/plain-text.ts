import type { Transcript } from '#contracts/transcript.ts';
import { channelLabel } from './voice-label.ts';

/** One segment a line and nothing else, but for the channel where there is one. */
export function renderTxt(transcript: Transcript): string {
  return transcript.segments
    .map(({ channel, text }) => {
      const label = channelLabel(channel);
      return label === undefined ? `${text}\n` : `${label}: ${text}\n`;
    })
    .join('');
}

/**
 * Columns start, end (milliseconds) and text; between them speaker and channel
 * (from 0), each where any segment has one.
 */
export function renderTsv(transcript: Transcript): string {
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
    ...(hasSpeakers ? [segment.speaker ?? ''] : []),
    ...(hasChannels ? [segment.channel ?? ''] : []),
    segment.text.replace(/\s+/g, ' '),
  ]);
  return [header, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
