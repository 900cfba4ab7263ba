import { getEventListeners } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { openLane } from '../../../../../gpu-container/src/transcribe/lanes/lane.ts';
import {
  openRecognizer,
  type RecognizerSource,
} from '../../../../../gpu-container/src/transcribe/open-recognizer.ts';
import type { SpeechRecognizer } from '../../../../../gpu-container/src/transcribe/recognizer.ts';
import {
  openSpeechDetector,
  type SpeechDetector,
} from '../../../../../gpu-container/src/vad/silero.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { readKennedy } from '../demo-speech.ts';
import { hasEnded, withThreads } from './lane-threads.ts';

const SAMPLE_RATE = 16_000;
const OPTIONS = { language: 'en', task: 'transcribe', maxNewTokens: 8 } as const;

let source: RecognizerSource;
let speech: Float32Array;
let detector: SpeechDetector;

beforeAll(async () => {
  // As in a worker, where speech is detected beside the lanes: a runtime that no thread has
  // any more is torn down, and must not be while a lane opens.
  const silero = await modelStoreFromEnvironment().pull('silero-vad');
  detector = await openSpeechDetector(silero.file('silero_vad.onnx'));
  const { dir } = await modelStoreFromEnvironment().pull('moonshine-tiny');
  source = { family: 'moonshine', modelId: 'moonshine-tiny', dir, threads: 1 };
  speech = (await readKennedy()).slice(0, 3 * SAMPLE_RATE);
});

afterAll(() => detector.dispose());

describe('openLane', () => {
  let lane: SpeechRecognizer;
  let thread: Worker;

  beforeAll(async () => {
    lane = await withThreads(
      (started) => {
        thread = started;
      },
      () => openLane(source),
    );
  });

  afterAll(() => lane.dispose());

  it('is the recogniser that it opens in its thread', async () => {
    const here = await openRecognizer(source);
    const windows = [{ samples: speech }, { samples: speech.slice(SAMPLE_RATE) }];
    const { modelId, languages, timesWords, windowSamples, batchSize } = here;

    expect(lane).toMatchObject({ modelId, languages, timesWords, windowSamples, batchSize });
    expect(await lane.recognize(windows, OPTIONS)).toEqual(await here.recognize(windows, OPTIONS));
    expect(await lane.languageProbabilities(windows)).toEqual([
      Float32Array.of(1),
      Float32Array.of(1),
    ]);
    await here.dispose();
  });

  it('goes by the samples that it told the language of, once', async () => {
    const samples = speech.slice();
    const [said] = await lane.recognize([{ samples: speech }], OPTIONS);
    await lane.languageProbabilities([{ samples }]);
    samples.fill(0);

    expect(await lane.recognize([{ samples }], OPTIONS)).toEqual([said]);
    expect(await lane.recognize([{ samples }], OPTIONS)).not.toEqual([said]);
  });

  it('rejects with an error of ours, code and all', async () => {
    const call = lane.recognize([{ samples: speech }], { ...OPTIONS, language: 'de' });

    await expect(call).rejects.toBeInstanceOf(ReelscribeError);
    await expect(call).rejects.toMatchObject({
      code: 'NOT_AVAILABLE',
      message: expect.stringContaining('language de'),
    });
  });

  it('rejects with any other error, and where it was thrown', async () => {
    const call = lane.recognize([{ samples: BigInt64Array.of(1n) as never }], OPTIONS);

    await expect(call).rejects.not.toBeInstanceOf(ReelscribeError);
    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining('BigInt'),
      stack: expect.stringContaining('moonshine/recognizer.ts'),
    });
  });

  it('rejects what cannot cross to its thread, and keeps no process alive for it', async () => {
    const options = { ...OPTIONS, initialPrompt: (() => 'text') as never };
    const unref = jest.spyOn(thread, 'unref');

    await expect(lane.recognize([{ samples: speech }], options)).rejects.toThrow('clone');
    expect(unref).toHaveBeenCalledTimes(1);
    unref.mockRestore();
  });

  it('stops the call whose signal is aborted, with the reason given, and no other', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const windows = [{ samples: speech }];
    const stopped = lane.recognize(windows, { ...OPTIONS, signal: stop.signal });
    const other = lane.recognize(windows, OPTIONS);
    stop.abort(reason);

    await expect(stopped).rejects.toBe(reason);
    expect(await other).toEqual(await lane.recognize(windows, OPTIONS));
  });

  it('rejects where the signal is aborted already', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    // Thrown at once, it would not be waited for together with other lanes.
    const call = lane.recognize([{ samples: speech }], { ...OPTIONS, signal });

    await expect(call).rejects.toBe(reason);
  });

  it('leaves nothing behind on a signal that was not needed', async () => {
    const { signal } = new AbortController();
    await lane.recognize([{ samples: speech }], { ...OPTIONS, signal });

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe("a lane's thread", () => {
  async function openWithThread(): Promise<{ lane: SpeechRecognizer; thread: Worker }> {
    const threads: Worker[] = [];
    const lane = await withThreads(
      (thread) => threads.push(thread),
      () => openLane(source),
    );
    expect(threads).toHaveLength(1);
    return { lane, thread: threads[0]! };
  }

  it('ends when the lane is disposed of, and no call waits for it any more', async () => {
    const { lane, thread } = await openWithThread();
    expect(hasEnded(thread)).toBe(false);
    await lane.dispose();

    expect(hasEnded(thread)).toBe(true);
    await expect(lane.languageProbabilities([])).rejects.toThrow('thread ended');
    await lane.dispose();
  });

  it('ends where its model cannot be opened, which rejects', async () => {
    await using empty = await makeScratchDir();
    const threads: Worker[] = [];
    const opening = withThreads(
      (thread) => threads.push(thread),
      () => openLane({ ...source, dir: empty.path }),
    );

    await expect(opening).rejects.toThrow('ENOENT');
    expect(threads.map(hasEnded)).toEqual([true]);
  });

  it('rejects where it dies before its model is open', async () => {
    const opening = withThreads(
      (thread) => thread.terminate(),
      () => openLane(source),
    );

    await expect(opening).rejects.toThrow('thread ended');
  });
});
