import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from '../../../../../gpu-container/src/transcribe/recognizer.ts';
import { openPublishedWhisper } from '../../../../../gpu-container/src/transcribe/whisper/published-recognizer.ts';
import { openWhisper } from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { readKennedy } from '../demo-speech.ts';
import { expectClose } from './expect-same-texts.ts';
import { type PublishedTiny, publishedTiny, readClip } from './published-tiny.ts';

const OPTIONS: RecognizeOptions = { language: 'en', task: 'transcribe', temperatures: [0] };
const MODEL = { modelId: 'whisper-tiny' };

/** Frames that an encoder position spans. */
const POSITION_SECONDS = 0.02;

describe('whisper-tiny from published weights', () => {
  let tiny: PublishedTiny;
  let published: SpeechRecognizer;
  /** The same weights in the exporter's graph, searched step by step. */
  let exported: SpeechRecognizer;
  let kennedy: Float32Array;
  let reader: Float32Array;

  beforeAll(async () => {
    tiny = await publishedTiny();
    await tiny.writeExport();
    published = await openPublishedWhisper(tiny.files, MODEL);
    exported = await openWhisper(tiny.files, { ...MODEL, sessionOptions: 'default' });
    kennedy = await readKennedy();
    reader = await readClip('0880');
  });

  afterAll(async () => {
    await published.dispose();
    await exported.dispose();
    await tiny.dispose();
  });

  it.each<Partial<RecognizeOptions>>([
    { wordTimestamps: true },
    { beamSize: 3, maxNewTokens: 20 },
    { timestamps: false, initialPrompt: 'The speech of the president.', stopAtLoops: true },
  ])('writes what an export of the same weights writes, with %j', async (options) => {
    const windows = [{ samples: kennedy }, { samples: reader }];
    const results = await published.recognize(windows, { ...OPTIONS, ...options });
    const expected = await exported.recognize(windows, { ...OPTIONS, ...options });

    expectSame(results, expected);
    expect(results.map(({ segments }) => segments.length > 0)).toEqual([true, true]);
    expect(wordsOf(results).length > 0).toBe(options.wordTimestamps === true);
  });

  it('tries the windows whose texts are improbable at the next temperature', async () => {
    // Cut off within a word, and backwards.
    const babble = kennedy.slice(0, 50_000).reverse();
    const windows = [{ samples: kennedy }, { samples: babble }];
    const options = { ...OPTIONS, temperatures: [0, 0.4], maxNewTokens: 20, wordTimestamps: true };
    const results = await published.recognize(windows, options);

    expectSame(results, await exported.recognize(windows, options));
    expect(results.map(({ temperature }) => temperature)).toEqual([0, 0.4]);
  });

  it('hears the languages that the export hears, and reads on what it has heard', async () => {
    const windows = [{ samples: kennedy.slice() }, { samples: reader.slice() }];
    const probabilities = await published.languageProbabilities(windows);
    const expected = await exported.languageProbabilities(windows);

    expect(published.languages).toEqual(exported.languages);
    expect(published.timesWords).toBe(true);
    for (const [row, ofWindow] of probabilities.entries()) {
      expectClose(ofWindow, expected[row]!, 1e-4);
    }
    const beside = [windows[1]!, { samples: kennedy }];
    const options = { ...OPTIONS, wordTimestamps: true };
    expectSame(
      await published.recognize(beside, options),
      await exported.recognize(beside, options),
    );
  });

  it('stops where it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const recognized = published.recognize([{ samples: reader }], { ...OPTIONS, signal });
    await expect(recognized).rejects.toThrow('enough');
  });
});

function expectSame(actual: readonly WindowResult[], expected: readonly WindowResult[]): void {
  expect(actual.map(withoutNumbers)).toEqual(expected.map(withoutNumbers));
  for (const [row, result] of actual.entries()) {
    const other = expected[row]!;
    expectClose([result.avgLogprob], [other.avgLogprob], 1e-3);
    expectClose([result.noSpeechProb], [other.noSpeechProb], 1e-4);
    expectClose([result.language!.probability], [other.language!.probability], 1e-4);
  }
  const [words, others] = [wordsOf(actual), wordsOf(expected)];
  const times = (list: typeof words) => list.flatMap(({ start, end }) => [start, end]);
  expectClose(times(words), times(others), POSITION_SECONDS + 1e-6);
  const probabilities = (list: typeof words) => list.map(({ probability }) => probability);
  expectClose(probabilities(words), probabilities(others), 1e-3);
}

/** What is the same to the last bit, or not at all. */
function withoutNumbers({ segments, language, ...result }: WindowResult) {
  const { avgLogprob: _, noSpeechProb: __, ...exact } = result;
  return {
    ...exact,
    language: language?.code,
    segments: segments.map(({ text, start, end, words }) => ({
      text,
      start,
      end,
      words: words?.map((word) => word.text),
    })),
  };
}

function wordsOf(results: readonly WindowResult[]) {
  return results.flatMap(({ segments }) => segments.flatMap(({ words }) => words ?? []));
}
