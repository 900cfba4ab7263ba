import type { AudioWindow, SpeechRecognizer } from '../recognizer.ts';

/**
 * Several recognisers of one model as one: every batch is dealt out to them
 * window by window, so that the same batch always goes the same ways.
 */
export function parallelRecognizer(lanes: readonly SpeechRecognizer[]): SpeechRecognizer {
  const [first] = lanes;
  if (first === undefined) {
    throw new RangeError('There is no recogniser');
  }
  return {
    modelId: first.modelId,
    languages: first.languages,
    timesWords: first.timesWords,
    windowSamples: first.windowSamples,
    batchSize: lanes.reduce((sum, { batchSize }) => sum + batchSize, 0),
    recognize: (windows, options) =>
      deal(windows, lanes, (lane, hand) => lane.recognize(hand, options)),
    languageProbabilities: (windows) =>
      deal(windows, lanes, (lane, hand) => lane.languageProbabilities(hand)),
    async dispose() {
      await Promise.all(lanes.map((lane) => lane.dispose()));
    },
  };
}

/**
 * Deals windows out and gathers the results in the order of the windows. Waits
 * for all lanes, even where one fails: none may still be at work when the batch
 * is tried again.
 */
async function deal<Result>(
  windows: readonly AudioWindow[],
  lanes: readonly SpeechRecognizer[],
  work: (lane: SpeechRecognizer, hand: readonly AudioWindow[]) => Promise<Result[]>,
): Promise<Result[]> {
  const hands = lanes.map((_, lane) => windows.filter((_, index) => index % lanes.length === lane));
  const settled = await Promise.allSettled(
    lanes.map(async (lane, index) => (hands[index]!.length === 0 ? [] : work(lane, hands[index]!))),
  );
  const results = settled.map((outcome) => {
    if (outcome.status === 'rejected') {
      throw outcome.reason;
    }
    return outcome.value;
  });
  return windows.map((_, index) => {
    return results[index % lanes.length]![Math.floor(index / lanes.length)]!;
  });
}
