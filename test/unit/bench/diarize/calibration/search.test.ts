import { beforeAll, describe, expect, it } from '@jest/globals';
import { centroidThreshold } from '../../../../../bench/diarize/calibration/centroid-linkage.ts';
import type { EmbeddedConversation } from '../../../../../bench/diarize/calibration/embedded-conversations.ts';
import { outcomeOf, searchTuning } from '../../../../../bench/diarize/calibration/search.ts';
import { XVECTOR_TUNING } from '../../../../../gpu-container/src/diarize/tunings.ts';
import { embedMade, inTurn } from '../../../gpu-container/diarize/made-conversation.ts';

/** Merges whoever there is: voices of the made conversations have a similarity of 0.05. */
const MERGES_ALL = { ...XVECTOR_TUNING, mergeSimilarity: 0.01 };

async function conversation(seed: number, voices: number): Promise<EmbeddedConversation> {
  const turns = inTurn(
    ...Array.from({ length: 3 * voices }, (_, turn) => [turn % voices, 6] as const),
  );
  return {
    speakers: voices,
    speech: await embedMade(turns, XVECTOR_TUNING, { seed }),
    turns: turns.map(({ voice, ...turn }) => ({ ...turn, speaker: `voice ${voice}` })),
  };
}

describe('the search for a tuning', () => {
  let conversations: EmbeddedConversation[];
  beforeAll(async () => {
    conversations = await Promise.all(
      [1, 2, 3, 4].map((seed) => conversation(seed, 2 + (seed % 2))),
    );
  });

  it('finds one under which speakers are told apart', () => {
    expect(outcomeOf(MERGES_ALL, conversations).countAccuracy).toBe(0);
    const lines: string[] = [];
    const found = searchTuning(MERGES_ALL, conversations, (line) => lines.push(line));
    expect(outcomeOf(found, conversations)).toMatchObject({ countAccuracy: 1, countError: 0 });
    expect(lines[0]).toMatch(/^mergeSimilarity: 0\.19 0\.\d{4}, /);
  });

  it('leaves a tuning alone that nothing is surely better than', () => {
    expect(searchTuning(XVECTOR_TUNING, conversations, () => {})).toEqual(XVECTOR_TUNING);
  });

  it('finds a threshold of centroids under which everybody is one', () => {
    expect(centroidThreshold(conversations).countError).toBe(0);
  });
});
