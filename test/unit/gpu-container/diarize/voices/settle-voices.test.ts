import { describe, expect, it } from '@jest/globals';
import { centroidsOf } from '../../../../../gpu-container/src/diarize/cluster/centroids.ts';
import { XVECTOR_TUNING } from '../../../../../gpu-container/src/diarize/tunings.ts';
import { settleVoices } from '../../../../../gpu-container/src/diarize/voices/settle-voices.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { unitLength } from '../../../../../gpu-container/src/vector/unit-length.ts';
import { embedMade, inTurn, type MadeTurn, madeVoices } from '../made-conversation.ts';

const FREE = { minSpeakers: 1, maxSpeakers: 20 };

async function settle(
  turns: readonly MadeTurn[],
  candidates: readonly Float32Array[],
  limits = FREE,
) {
  const speech = await embedMade(turns, XVECTOR_TUNING);
  return { ...settleVoices(speech, candidates, limits, XVECTOR_TUNING), speech };
}

/** Which of the voices that were made each of those found is. */
function identify(found: readonly Float32Array[], made: readonly Float32Array[]): number[] {
  return found.map((vector) => {
    const similarities = made.map((voice) => dotProduct(voice, vector));
    const best = Math.max(...similarities);
    return best > 0.6 ? similarities.indexOf(best) : -1;
  });
}

const DIALOGUE = inTurn([0, 6], [1, 7], [0, 5], [1, 6]);

describe('settling which voices there are', () => {
  const voices = madeVoices(2);

  it('keeps those that hold, and shares all stretches out among them', async () => {
    const { voices: found, speakers, speech } = await settle(DIALOGUE, voices);
    expect(identify(found, voices)).toEqual([0, 1]);
    expect(speakers).toHaveLength(speech.turnStretches.length);
    for (const [index, { start, end }] of speech.turnStretches.entries()) {
      const alone = DIALOGUE.find((turn) => turn.start <= start && end <= turn.end);
      if (alone !== undefined) {
        expect(speakers[index]).toBe(alone.voice);
      }
    }
    for (const vector of found) {
      expect(dotProduct(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  it('hears them better than the candidates were', async () => {
    const rough = [
      unitLength(voices[0]!.map((value, dim) => value + 0.6 * voices[1]![dim]!)),
      voices[1]!,
    ];
    const { voices: found } = await settle(DIALOGUE, rough);
    expect(dotProduct(found[0]!, voices[0]!)).toBeGreaterThan(dotProduct(rough[0]!, voices[0]!));
    expect(dotProduct(found[0]!, voices[1]!)).toBeLessThan(0.3);
  });

  it('drops a candidate that nobody sounds like, and the mixture of two', async () => {
    const mixture = unitLength(voices[0]!.map((value, dim) => value + voices[1]![dim]!));
    const stranger = madeVoices(3, 77)[2]!;
    const { voices: found, speakers } = await settle(DIALOGUE, [
      stranger,
      voices[0]!,
      mixture,
      voices[1]!,
    ]);
    expect(identify(found, voices)).toEqual([0, 1]);
    expect(new Set(speakers)).toEqual(new Set([0, 1]));
  });

  it('makes one of two candidates that are one voice, though each has turns of its own', async () => {
    const { turnStretches } = await embedMade(DIALOGUE, XVECTOR_TUNING);
    const heardIn = ({ start, end }: MadeTurn) => {
      const own = turnStretches.filter((stretch) => start <= stretch.start && stretch.end <= end);
      return centroidsOf(
        own.map(({ embedding }) => embedding),
        new Int32Array(own.length),
      )[0]!;
    };
    const { voices: found, speakers } = await settle(DIALOGUE, DIALOGUE.map(heardIn));
    expect(identify(found, voices).toSorted()).toEqual([0, 1]);
    expect(speakers.at(0)).not.toBe(speakers.at(-1));
  });

  it('drops a voice of scraps alone, and keeps one that says as much at a stretch', async () => {
    const three = madeVoices(3);
    const scraps = inTurn(
      ...Array.from({ length: 6 }, (_, round) => [
        [round % 2, 5] as const,
        [2, 0.75] as const,
      ]).flat(),
    );
    expect(identify((await settle(scraps, three)).voices, three)).toEqual([0, 1]);
    const atOnce = inTurn([0, 5], [1, 5], [0, 5], [2, 4.5], [1, 5], [0, 5], [1, 5]);
    expect(identify((await settle(atOnce, three)).voices, three)).toEqual([0, 1, 2]);
  });

  it('goes on while there are too many, and stops where there would be too few', async () => {
    const most = await settle(DIALOGUE, voices, { minSpeakers: 1, maxSpeakers: 1 });
    expect(most.voices).toHaveLength(1);
    expect(new Set(most.speakers)).toEqual(new Set([0]));

    const candidates = madeVoices(5);
    const least = await settle(DIALOGUE, candidates, { minSpeakers: 4, maxSpeakers: 20 });
    expect(least.voices).toHaveLength(4);
    const few = await settle(DIALOGUE, voices, { minSpeakers: 4, maxSpeakers: 20 });
    expect(few.voices).toHaveLength(2);
  });

  it('leaves a lone voice however little it says', async () => {
    const { voices: found, speakers } = await settle(inTurn([0, 0.4]), voices.slice(0, 1));
    expect(found).toHaveLength(1);
    expect([...speakers]).toEqual([0]);
  });
});
