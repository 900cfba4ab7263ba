import { describe, expect, it } from '@jest/globals';
import { parallelRecognizer } from '../../../../../gpu-container/src/transcribe/lanes/parallel-recognizer.ts';
import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from '../../../../../gpu-container/src/transcribe/recognizer.ts';

const OPTIONS: RecognizeOptions = { language: 'en', task: 'transcribe' };

/** Windows that are told apart by their only sample. */
function windowsOf(...names: number[]): AudioWindow[] {
  return names.map((name) => ({ samples: Float32Array.of(name) }));
}

/** A lane that writes the name of a window as its only token, and notes what it was given. */
function laneOf(changes: Partial<SpeechRecognizer> = {}) {
  const hands: number[][] = [];
  const options: RecognizeOptions[] = [];
  let disposals = 0;
  const namesOf = (windows: readonly AudioWindow[]) => {
    const names = windows.map(({ samples }) => samples[0]!);
    hands.push(names);
    return names;
  };
  const lane: SpeechRecognizer = {
    modelId: 'fake',
    languages: ['en', 'de'],
    timesWords: true,
    windowSamples: 9,
    batchSize: 3,
    async recognize(windows, asked) {
      options.push(asked);
      return namesOf(windows).map((name) => ({ tokens: [name] }) as unknown as WindowResult);
    },
    languageProbabilities: async (windows) =>
      namesOf(windows).map((name) => Float32Array.of(name, 1 - name)),
    async dispose() {
      disposals++;
    },
    ...changes,
  };
  return { lane, hands, options, disposals: () => disposals };
}

describe('parallelRecognizer', () => {
  it('is as its lanes are, and takes the batches of all together', () => {
    const parallel = parallelRecognizer([laneOf().lane, laneOf({ batchSize: 4 }).lane]);

    expect(parallel).toMatchObject({
      modelId: 'fake',
      languages: ['en', 'de'],
      timesWords: true,
      windowSamples: 9,
      batchSize: 7,
    });
  });

  it('deals windows out one by one and gathers what is said in their order', async () => {
    const lanes = [laneOf(), laneOf(), laneOf()];
    const parallel = parallelRecognizer(lanes.map(({ lane }) => lane));
    const results = await parallel.recognize(windowsOf(1, 2, 3, 4, 5, 6, 7), OPTIONS);

    expect(lanes.map(({ hands }) => hands)).toEqual([[[1, 4, 7]], [[2, 5]], [[3, 6]]]);
    expect(results.map(({ tokens }) => tokens)).toEqual([[1], [2], [3], [4], [5], [6], [7]]);
  });

  it('deals the windows whose language is asked for in the same way', async () => {
    const lanes = [laneOf(), laneOf()];
    const parallel = parallelRecognizer(lanes.map(({ lane }) => lane));
    const probabilities = await parallel.languageProbabilities(windowsOf(0, 0.25, 0.5));

    expect(lanes.map(({ hands }) => hands)).toEqual([[[0, 0.5]], [[0.25]]]);
    expect(probabilities).toEqual([
      Float32Array.of(0, 1),
      Float32Array.of(0.25, 0.75),
      Float32Array.of(0.5, 0.5),
    ]);
  });

  it('leaves a lane alone for which there is no window', async () => {
    const lanes = [laneOf(), laneOf()];
    const parallel = parallelRecognizer(lanes.map(({ lane }) => lane));
    await parallel.recognize(windowsOf(1), OPTIONS);
    await parallel.recognize([], OPTIONS);

    expect(lanes.map(({ hands }) => hands)).toEqual([[[1]], []]);
  });

  it('has its lanes work at the same time', async () => {
    const first = Promise.withResolvers<WindowResult[]>();
    const second = laneOf();
    const parallel = parallelRecognizer([
      laneOf({ recognize: () => first.promise }).lane,
      second.lane,
    ]);
    const call = parallel.recognize(windowsOf(1, 2), OPTIONS);

    expect(second.hands).toEqual([[2]]);
    first.resolve([{ tokens: [1] } as unknown as WindowResult]);
    expect(await call).toHaveLength(2);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('out of memory'))],
    [
      'throws',
      () => {
        throw new Error('out of memory');
      },
    ],
  ])('waits for all lanes where one %s, and fails as that one', async (_, recognize) => {
    const slow = Promise.withResolvers<WindowResult[]>();
    const parallel = parallelRecognizer([
      laneOf({ recognize: () => slow.promise }).lane,
      laneOf({ recognize }).lane,
    ]);
    let outcome = 'pending';
    const call = parallel.recognize(windowsOf(1, 2), OPTIONS).catch((error: Error) => {
      outcome = error.message;
    });
    await new Promise(setImmediate);

    expect(outcome).toBe('pending');
    slow.resolve([]);
    await call;
    expect(outcome).toBe('out of memory');
  });

  it('hands its options on, signal and all', async () => {
    const lanes = [laneOf(), laneOf()];
    const { signal } = new AbortController();
    const options = { ...OPTIONS, beamSize: 5, signal };
    await parallelRecognizer(lanes.map(({ lane }) => lane)).recognize(windowsOf(1, 2), options);

    expect(lanes.map(({ options }) => options)).toEqual([[options], [options]]);
    expect(lanes[1]!.options[0]!.signal).toBe(signal);
  });

  it('rejects with the reason of its signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const stoppable = laneOf({
      recognize: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => reject(signal!.reason));
        }),
    });
    const parallel = parallelRecognizer([laneOf().lane, stoppable.lane]);
    const call = parallel.recognize(windowsOf(1, 2), { ...OPTIONS, signal: stop.signal });
    stop.abort(reason);

    await expect(call).rejects.toBe(reason);
  });

  it('disposes of every lane', async () => {
    const lanes = [laneOf(), laneOf()];
    await parallelRecognizer(lanes.map(({ lane }) => lane)).dispose();

    expect(lanes.map(({ disposals }) => disposals())).toEqual([1, 1]);
  });

  it('refuses to be without a lane', () => {
    expect(() => parallelRecognizer([])).toThrow(RangeError);
  });
});
