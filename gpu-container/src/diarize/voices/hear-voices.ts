import type { EmbeddedSpeech, EmbeddedStretch } from '../embed-speech.ts';
import type { Stretch } from '../stretch-embedder.ts';
import { meanOf, type VoiceSample } from './voice-sample.ts';

/** What a voice sounds like in what is found to be its own. */
export type HeardVoice = VoiceSample & {
  /** How long it speaks, the scraps not counted. */
  readonly seconds: number;
};

/**
 * Listens to the voices again, now that the speech is shared out among them.
 *
 * @param voices what they were taken to sound like; one that has nothing surely its own stays so
 * @param speakers of each turn stretch
 * @param scrapSeconds of each turn do not count
 */
export function hearVoices(
  { voiceStretches, turnStretches }: EmbeddedSpeech,
  voices: readonly Float32Array[],
  speakers: Int32Array,
  scrapSeconds: number,
): HeardVoice[] {
  const seconds = spokenSeconds(turnStretches, speakers, voices.length, scrapSeconds);
  const own = ownStretches(voiceStretches, turnStretches, speakers);
  return voices.map((vector, speaker) => {
    const samples = own.get(speaker)?.map(({ embedding }) => ({ vector: embedding, count: 1 }));
    return { ...meanOf(samples ?? [{ vector, count: 1 }]), seconds: seconds[speaker]! };
  });
}

function spokenSeconds(
  stretches: readonly Stretch[],
  speakers: Int32Array,
  count: number,
  scrapSeconds: number,
): Float64Array {
  const seconds = new Float64Array(count);
  let turn = 0;
  for (const [step, { start, end }] of stretches.entries()) {
    const next = stretches[step + 1];
    turn += next !== undefined && next.start < end ? next.start - start : end - start;
    if (speakers[step + 1] !== speakers[step]) {
      seconds[speakers[step]!]! += Math.max(0, turn - scrapSeconds);
      turn = 0;
    }
  }
  return seconds;
}

/** The long stretches whose every part is one speaker's, by the speaker. */
function ownStretches(
  wholes: readonly EmbeddedStretch[],
  parts: readonly Stretch[],
  speakers: Int32Array,
): Map<number, EmbeddedStretch[]> {
  const own = new Map<number, EmbeddedStretch[]>();
  let first = 0;
  for (const whole of wholes) {
    while (first < parts.length && parts[first]!.end <= whole.start) {
      first++;
    }
    const heard = new Set<number>();
    for (let step = first; step < parts.length && parts[step]!.start < whole.end; step++) {
      const middle = (parts[step]!.start + parts[step]!.end) / 2;
      if (middle >= whole.start && middle <= whole.end) {
        heard.add(speakers[step]!);
      }
    }
    const [speaker, another] = heard;
    if (speaker !== undefined && another === undefined) {
      const known = own.get(speaker);
      if (known === undefined) {
        own.set(speaker, [whole]);
      } else {
        known.push(whole);
      }
    }
  }
  return own;
}
