import type { SpeakerTurn } from '../diarizer.ts';
import { byStart } from '../short-turns.ts';
import { frameMiddleSeconds } from './chunk-frames.ts';
import type { SpeakerActivity } from './speaker-activity.ts';

/**
 * The turns of speakers, from the middle of the first frame in which they speak
 * to the middle of the first in which they do not; those of different speakers
 * may overlap.
 *
 * @param durationSeconds length of the recording; what is beyond is none of it
 * @returns by their start
 */
export function turnsOf(activity: SpeakerActivity, durationSeconds: number): SpeakerTurn[] {
  const turns: SpeakerTurn[] = [];
  for (const [speaker, frames] of activity.entries()) {
    let first = frames.indexOf(1);
    while (first !== -1) {
      const silent = frames.indexOf(0, first);
      const end = silent === -1 ? frames.length : silent;
      const turn = {
        start: frameMiddleSeconds(first),
        end: Math.min(durationSeconds, frameMiddleSeconds(end)),
        speaker,
      };
      if (turn.end > turn.start) {
        turns.push(turn);
      }
      first = frames.indexOf(1, end);
    }
  }
  return byStart(turns);
}
