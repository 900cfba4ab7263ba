import { describe, expect, it } from '@jest/globals';
import type {
  Diarization,
  DiarizationOptions,
} from '../../../../gpu-container/src/diarize/diarizer.ts';
import { tellApart } from '../../../../gpu-container/src/diarize/tell-apart.ts';
import { XVECTOR_TUNING } from '../../../../gpu-container/src/diarize/tunings.ts';
import { dotProduct } from '../../../../gpu-container/src/vector/similarity.ts';
import { seededRandom } from './cluster/seeded-vectors.ts';
import { embedMade, inTurn, type MadeTurn, madeVoices } from './made-conversation.ts';

const FREE: DiarizationOptions = { minSpeakers: 1, maxSpeakers: 20 };
/** Most of a stretch that turns are found by. */
const TOLERANCE_SECONDS = 0.75;

async function listen(
  turns: readonly MadeTurn[],
  options: Partial<DiarizationOptions> = {},
  made: { seed?: number; spread?: number } = {},
): Promise<Diarization> {
  const speech = await embedMade(turns, XVECTOR_TUNING, made);
  return tellApart(speech, { ...FREE, ...options }, XVECTOR_TUNING);
}

/** Which of the voices that were made each speaker is. */
function identify({ speakers }: Diarization, voices: number, seed = 1): number[] {
  const made = madeVoices(voices, seed);
  return speakers.map(({ embedding }) => {
    const similarities = made.map((voice) => dotProduct(voice, embedding!));
    return similarities.indexOf(Math.max(...similarities));
  });
}

/** Somebody else each time, for two to seven seconds. */
function conversation(voices: number, turns: number, seed: number): MadeTurn[] {
  const random = seededRandom(seed);
  let voice = 0;
  return inTurn(
    ...Array.from({ length: turns }, (_, index) => {
      // Everybody has a word first.
      const step = voices === 1 ? 0 : 1 + Math.floor(random() * (voices - 1));
      voice = index < voices ? index : (voice + step) % voices;
      return [voice, 2 + 5 * random()] as const;
    }),
  );
}

function expectTurns(
  found: Diarization,
  made: readonly MadeTurn[],
  voices: number,
  { seed = 1, tolerance = TOLERANCE_SECONDS } = {},
) {
  const identities = identify(found, voices, seed);
  expect(found.turns.map(({ speaker }) => identities[speaker])).toEqual(
    made.map(({ voice }) => voice),
  );
  for (const [index, { start, end }] of made.entries()) {
    expect(Math.abs(found.turns[index]!.start - start)).toBeLessThan(tolerance);
    expect(Math.abs(found.turns[index]!.end - end)).toBeLessThan(tolerance);
  }
}

describe('telling speakers apart', () => {
  it.each([
    [2, 1],
    [3, 2],
    [4, 3],
    [6, 4],
    [8, 5],
  ])('finds %d voices and their turns (%d)', async (voices, seed) => {
    const made = conversation(voices, 6 * voices, seed);
    const found = await listen(made, {}, { seed });
    expect(found.speakers).toHaveLength(voices);
    expectTurns(found, made, voices, { seed });
  });

  it.each([1, 2, 3])('leaves a lone voice one, however long it talks (%d)', async (seed) => {
    for (const seconds of [0.5, 2, 20, 150]) {
      const found = await listen(inTurn([0, seconds]), {}, { seed });
      expect(found.speakers).toHaveLength(1);
      expect(found.turns).toEqual([{ start: 0, end: expect.closeTo(seconds + 0.2), speaker: 0 }]);
    }
  });

  it('hears nobody where nobody speaks', () => {
    const nothing = { durationSeconds: 9, speech: [], voiceStretches: [], turnStretches: [] };
    expect(tellApart(nothing, FREE, XVECTOR_TUNING)).toEqual({ turns: [], speakers: [] });
  });

  it('gives each speaker a vector of unit length and a confidence', async () => {
    const made = conversation(3, 15, 7);
    const { speakers } = await listen(made);
    for (const { embedding, confidence } of speakers) {
      expect(dotProduct(embedding!, embedding!)).toBeCloseTo(1, 5);
      expect(confidence).toBeGreaterThan(0.4);
      expect(confidence).toBeLessThanOrEqual(1);
    }
    const [lone] = (await listen(inTurn([0, 20]))).speakers;
    expect(lone!.confidence).toBe(1);
  });

  describe('with numbers given', () => {
    const made = conversation(4, 20, 11);

    it.each([1, 2, 3])('finds no more than %d', async (maxSpeakers) => {
      const { speakers, turns } = await listen(made, { maxSpeakers });
      expect(speakers).toHaveLength(maxSpeakers);
      expect(new Set(turns.map(({ speaker }) => speaker)).size).toBe(maxSpeakers);
    });

    it('finds as many as there are where that is between least and most', async () => {
      const { speakers } = await listen(made, { minSpeakers: 2, maxSpeakers: 6 });
      expect(speakers).toHaveLength(4);
    });

    it('finds just as many as are known, even of voices that are much alike', async () => {
      const known = { minSpeakers: 2, maxSpeakers: 2 };
      expect((await listen(inTurn([0, 9], [1, 8], [0, 7]), known)).speakers).toHaveLength(2);
      expect((await listen(inTurn([0, 60]), known)).speakers).toHaveLength(2);
      const six = { minSpeakers: 6, maxSpeakers: 6 };
      expect((await listen(made, six)).speakers).toHaveLength(6);
    });

    it('lets no turn be shorter than asked for', async () => {
      const remarks = inTurn([0, 8], [1, 2.5], [0, 8], [1, 12], [0, 8]);
      expect((await listen(remarks)).turns).toHaveLength(5);
      const { turns } = await listen(remarks, { minTurnSeconds: 4 });
      expect(turns.map(({ speaker }) => speaker)).toEqual([0, 1, 0]);
      expect(Math.min(...turns.map(({ start, end }) => end - start))).toBeGreaterThan(4);
    });
  });

  it('takes two at once for no voice of their own', async () => {
    let end = 0;
    const made = Array.from({ length: 9 }, (_, index): MadeTurn => {
      // Each falls into the other's turn a second before it ends.
      const start = Math.max(0, end - 1);
      end = start + 8;
      return { voice: index % 3, start, end };
    });
    const found = await listen(made);
    expect(found.speakers).toHaveLength(3);
    // Where two speak, either may have the turn.
    expectTurns(found, made, 3, { tolerance: 1 + TOLERANCE_SECONDS });
  });

  it('gives scraps that sound like nobody to whoever speaks around them', async () => {
    const made = inTurn(
      ...Array.from({ length: 12 }, (_, round) => [
        [round % 2, 5] as const,
        [2 + round, 0.5] as const,
      ]).flat(),
    );
    const found = await listen(made);
    expect(found.speakers).toHaveLength(2);
    expect(found.turns).toHaveLength(12);
  });

  it('tells the speakers of a long recording apart, by thousands of stretches', async () => {
    const made = conversation(5, 300, 17);
    expect(made.at(-1)!.end).toBeGreaterThan(1_200);
    const found = await listen(made);
    expect(found.speakers).toHaveLength(5);
    expectTurns(found, made, 5);
  });
});
