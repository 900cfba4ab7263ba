import type { Transcript } from '#contracts/transcript.ts';
import { type Cue, subtitleCues } from './subtitle-cues.ts';
import { subtitleTime } from './timestamp.ts';

/** SubRip: numbered cues; a new speaker is named at the start of the first cue that is theirs. */
export function renderSrt(transcript: Transcript): string {
  const cues = subtitleCues(transcript.segments);
  return cues.map((cue, index) => renderCue(cue, index, cues[index - 1]?.speaker)).join('\n');
}

function renderCue(cue: Cue, index: number, previousSpeaker: string | undefined): string {
  const label =
    cue.speaker !== undefined && cue.speaker !== previousSpeaker ? `${cue.speaker}: ` : '';
  const times = `${subtitleTime(cue.start, ',')} --> ${subtitleTime(cue.end, ',')}`;
  return `${index + 1}\n${times}\n${label}${cue.lines.join('\n')}\n`;
}
