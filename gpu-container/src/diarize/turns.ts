import type { SpeechRegion } from '../vad/speech-regions.ts';
import type { SpeakerTurn } from './diarizer.ts';
import type { EmbeddedSpeech } from './embed-speech.ts';
import { absorbShortTurns } from './short-turns.ts';
import type { Stretch } from './stretch-embedder.ts';

/** A pause up to this long in what one speaker says does not end a turn. */
const MAX_PAUSE_SECONDS = 1;

/** Detectors of speech are late and end early: a turn reaches so far into the silence around it. */
const EDGE_SECONDS = 0.2;

/**
 * Makes turns of stretches that overlap: each moment of speech belongs to the
 * stretch whose middle is nearest, and so to its speaker.
 *
 * @param stretches by their start
 * @param speakers of each stretch
 * @param minTurnSeconds shorter turns go to whoever speaks around them
 * @returns by their start; no two overlap
 */
export function turnsOf(
  stretches: readonly Stretch[],
  speakers: Int32Array,
  { speech, durationSeconds }: Pick<EmbeddedSpeech, 'speech' | 'durationSeconds'>,
  minTurnSeconds: number,
): SpeakerTurn[] {
  const moments = joinAcross(0, momentsOf(stretches, speakers));
  const spoken = within(absorbShortTurns(moments, minTurnSeconds), speech);
  return widen(joinAcross(MAX_PAUSE_SECONDS, spoken), durationSeconds);
}

/** Disjoint pieces of time with the speaker of each. */
function momentsOf(stretches: readonly Stretch[], speakers: Int32Array): SpeakerTurn[] {
  const middle = ({ start, end }: Stretch) => (start + end) / 2;
  return stretches.map((stretch, index) => {
    const [before, after] = [stretches[index - 1], stretches[index + 1]];
    return {
      start:
        before !== undefined && before.end > stretch.start
          ? (middle(before) + middle(stretch)) / 2
          : stretch.start,
      end:
        after !== undefined && after.start < stretch.end
          ? (middle(stretch) + middle(after)) / 2
          : stretch.end,
      speaker: speakers[index]!,
    };
  });
}

/** The parts of turns in which anybody speaks. */
function within(turns: readonly SpeakerTurn[], speech: readonly SpeechRegion[]): SpeakerTurn[] {
  const parts: SpeakerTurn[] = [];
  let first = 0;
  for (const { start, end, speaker } of turns) {
    while (first < speech.length && speech[first]!.end <= start) {
      first++;
    }
    for (let next = first; next < speech.length && speech[next]!.start < end; next++) {
      const region = speech[next]!;
      parts.push({
        start: Math.max(region.start, start),
        end: Math.min(region.end, end),
        speaker,
      });
    }
  }
  return parts;
}

/** Makes one of turns of a speaker that follow one another with no more than a pause between them. */
function joinAcross(pauseSeconds: number, turns: readonly SpeakerTurn[]): SpeakerTurn[] {
  const joined: SpeakerTurn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.speaker === turn.speaker && turn.start - last.end <= pauseSeconds) {
      joined[joined.length - 1] = { ...last, end: turn.end };
    } else {
      joined.push(turn);
    }
  }
  return joined;
}

/** Lets turns reach into the silence around them, half of it where it is between two. */
function widen(turns: readonly SpeakerTurn[], durationSeconds: number): SpeakerTurn[] {
  const reach = (silence: number) => Math.max(0, Math.min(EDGE_SECONDS, silence));
  return turns.map(({ start, end, speaker }, index) => {
    const [before, after] = [turns[index - 1], turns[index + 1]];
    return {
      start: start - reach(before ? (start - before.end) / 2 : start),
      end: end + reach(after ? (after.start - end) / 2 : durationSeconds - end),
      speaker,
    };
  });
}
