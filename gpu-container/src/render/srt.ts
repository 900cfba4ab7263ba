import type { Transcript } from '#contracts/transcript.ts';
import { type Cue, subtitleCues } from './subtitle-cues.ts';
import { subtitleTime } from './timestamp.ts';
import { voicesOf } from './voice-label.ts';

/** SubRip: numbered cues; a new speaker (or channel) is named at the start of the first cue that is theirs. */
export function renderSrt(transcript: Transcript): string {
  const cues = subtitleCues(transcript.segments, voicesOf(transcript));
  return cues.map((cue, index) => renderCue(cue, index, cues[index - 1]?.voice)).join('\n');
}

function renderCue(cue: Cue, index: number, previousVoice: string | undefined): string {
  const label = cue.voice !== undefined && cue.voice !== previousVoice ? `${cue.voice}: ` : '';
  const times = `${subtitleTime(cue.start, ',')} --> ${subtitleTime(cue.end, ',')}`;
  return `${index + 1}\n${times}\n${label}${cue.lines.join('\n')}\n`;
}
