import type { Transcript } from '#contracts/transcript.ts';

/** One segment a line, nothing else. */
export function renderTxt(transcript: Transcript): string {
  return transcript.segments.map((segment) => `${segment.text}\n`).join('');
}

/** Columns start, end (milliseconds) and text, with a speaker column where speakers are known. */
export function renderTsv(transcript: Transcript): string {
  const hasSpeakers = transcript.segments.some((segment) => segment.speaker !== undefined);
  const header = ['start', 'end', ...(hasSpeakers ? ['speaker'] : []), 'text'];
  const rows = transcript.segments.map((segment) => [
    Math.round(segment.start * 1000),
    Math.round(segment.end * 1000),
    ...(hasSpeakers ? [segment.speaker ?? ''] : []),
    segment.text.replace(/\s+/g, ' '),
  ]);
  return [header, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
