import { describe, expect, it } from '@jest/globals';
import { recognizeBatch } from '../../../../gpu-container/src/transcribe/recognize-batch.ts';
import type {
  AudioWindow,
  RecognizeOptions,
} from '../../../../gpu-container/src/transcribe/recognizer.ts';
import { sampleResult } from './sample-result.ts';

const OPTIONS: RecognizeOptions = { language: 'en', task: 'transcribe', beamSize: 2 };
const TIMED = { ...OPTIONS, wordTimestamps: true };
const WINDOWS: AudioWindow[] = [0, 1, 2].map((name) => ({ samples: Float32Array.of(name) }));

type Fault = (name: number, options: RecognizeOptions) => void;

/** A recogniser that writes the names of its windows, unless a window has a fault. */
function recognizerOf(fault: Fault) {
  const calls: { names: number[]; options: RecognizeOptions }[] = [];
  return {
    calls,
    recognizer: {
      async recognize(windows: readonly AudioWindow[], options: RecognizeOptions) {
        const names = windows.map(({ samples }) => samples[0]!);
        calls.push({ names, options });
        return names.map((name) => {
          fault(name, options);
          return sampleResult({ tokens: [name] });
        });
      },
    },
  };
}

describe('recognizeBatch', () => {
  it('recognises all windows at once', async () => {
    const { recognizer, calls } = recognizerOf(() => {});
    const outcomes = await recognizeBatch(recognizer, WINDOWS, OPTIONS);

    expect(calls).toEqual([{ names: [0, 1, 2], options: OPTIONS }]);
    expect(outcomes).toEqual(
      [0, 1, 2].map((name) => ({ result: sampleResult({ tokens: [name] }) })),
    );
  });

  it('loses only the window that fails alone, too, and says why', async () => {
    const failure = new Error('no kernel');
    const { recognizer, calls } = recognizerOf((name) => {
      if (name === 1) {
        throw failure;
      }
    });
    const outcomes = await recognizeBatch(recognizer, WINDOWS, OPTIONS);

    expect(calls.map(({ names }) => names)).toEqual([[0, 1, 2], [0, 1], [0], [1], [2]]);
    expect(outcomes).toEqual([
      { result: sampleResult({ tokens: [0] }) },
      { failure },
      { result: sampleResult({ tokens: [2] }) },
    ]);
  });

  it('gives up the word times of a window that fails with them, and only those', async () => {
    const failure = new Error('no attention');
    const { recognizer, calls } = recognizerOf((name, { wordTimestamps }) => {
      if (name === 2 && wordTimestamps) {
        throw failure;
      }
    });
    const outcomes = await recognizeBatch(recognizer, WINDOWS, TIMED);

    expect(outcomes.map(({ failure }) => failure)).toEqual([undefined, undefined, failure]);
    expect(outcomes.map(({ result }) => result!.tokens)).toEqual([[0], [1], [2]]);
    expect(calls.at(-1)).toEqual({ names: [2], options: { ...TIMED, wordTimestamps: false } });
    expect(calls.filter(({ options }) => !options.wordTimestamps)).toHaveLength(1);
  });

  it('tells why a window failed without word times', async () => {
    const { recognizer } = recognizerOf((_, { wordTimestamps }) => {
      throw new Error(wordTimestamps ? 'no attention' : 'no kernel');
    });

    expect(await recognizeBatch(recognizer, WINDOWS.slice(0, 1), TIMED)).toEqual([
      { failure: new Error('no kernel') },
    ]);
  });

  it.each([
    ['a batch', 1],
    ['a window alone', 2],
    ['a window without word times', 3],
  ])('takes no abort of %s for its failure', async (_, atCall) => {
    const stop = new AbortController();
    const reason = new Error('the machine is taken away');
    const { recognizer, calls } = recognizerOf(() => {
      if (calls.length === atCall) {
        stop.abort(reason);
      }
      throw new Error('stopped');
    });

    await expect(
      recognizeBatch(recognizer, WINDOWS, { ...TIMED, signal: stop.signal }),
    ).rejects.toBe(reason);
    expect(calls).toHaveLength(atCall);
  });
});
