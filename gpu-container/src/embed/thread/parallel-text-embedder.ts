import type { TextEmbedder } from '../text/text-embedder.ts';

/** Two lanes share texts beyond these; fewer fill a core's forward pass as well as more do. */
const TEXTS_PER_LANE = 32;

/**
 * Several loads of one model as one: a few texts go to the lane with the fewest calls,
 * more are dealt out to several.
 *
 * @throws RangeError for none
 */
export function parallelTextEmbedder(lanes: readonly TextEmbedder[]): TextEmbedder {
  const [first] = lanes;
  if (first === undefined) {
    throw new RangeError('There is no text embedder');
  }
  const calls = new Map(lanes.map((lane) => [lane, 0]));

  const embedIn = async (lane: TextEmbedder, ...args: Parameters<TextEmbedder['embed']>) => {
    calls.set(lane, calls.get(lane)! + 1);
    try {
      return await lane.embed(...args);
    } finally {
      calls.set(lane, calls.get(lane)! - 1);
    }
  };

  return {
    ...first,
    lanes: lanes.length,
    embed: async (texts, options) => {
      const hands = Math.max(1, Math.min(lanes.length, Math.ceil(texts.length / TEXTS_PER_LANE)));
      const idlest = lanes.toSorted((one, other) => calls.get(one)! - calls.get(other)!);
      // Waits for all, even where one fails: none may be at work for a caller that has left.
      const outcomes = await Promise.allSettled(
        idlest.slice(0, hands).map((lane, hand) =>
          embedIn(
            lane,
            texts.filter((_, index) => index % hands === hand),
            options,
          ),
        ),
      );
      const vectors = outcomes.map((outcome) => {
        if (outcome.status === 'rejected') {
          throw outcome.reason;
        }
        return outcome.value;
      });
      return texts.map((_, index) => vectors[index % hands]![Math.floor(index / hands)]!);
    },
    async dispose() {
      await Promise.all(lanes.map((lane) => lane.dispose()));
    },
  };
}
