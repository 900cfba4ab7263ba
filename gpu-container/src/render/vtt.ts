import type { Transcript } from '#contracts/transcript.ts';
import { type Cue, subtitleCues } from './subtitle-cues.ts';
import { subtitleTime } from './timestamp.ts';
import { voicesOf } from './voice-label.ts';

/** WebVTT (W3C): speakers (or channels) as voice spans, text escaped. */
export function renderVtt(transcript: Transcript): string {
  const cues = subtitleCues(transcript.segments, voicesOf(transcript));
  return ['WEBVTT\n', ...cues.map(renderCue)].join('\n');
}

function renderCue(cue: Cue): string {
  const text = escapeText(cue.lines.join('\n'));
  const voiced = cue.voice === undefined ? text : `<v ${escapeText(cue.voice)}>${text}</v>`;
  return `${subtitleTime(cue.start, '.')} --> ${subtitleTime(cue.end, '.')}\n${voiced}\n`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
