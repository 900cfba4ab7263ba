import { describe, expect, it } from '@jest/globals';
import type { WindowOutcome } from '../../../../gpu-container/src/transcribe/recognize-batch.ts';
import {
  type SettledWindow,
  type SettleOptions,
  settleWindow,
} from '../../../../gpu-container/src/transcribe/settle-window.ts';
import type { OpenSpan } from '../../../../gpu-container/src/transcribe/window-pool.ts';
import { sampleResult } from './sample-result.ts';

const SAMPLE_RATE = 16_000;
/** As of text that only repeats itself. */
const LOOP = { compressionRatio: 5 };
const IMPROBABLE = { avgLogprob: -1.5 };
const SILENCE = { ...IMPROBABLE, noSpeechProb: 0.9 };

type Case = WindowOutcome & {
  at?: Partial<OpenSpan>;
  seconds?: number;
  spanSeconds?: number;
  samples?: Float32Array;
  options?: Partial<SettleOptions>;
};

/** Settles a window of a span that begins with the recording. */
function settle({ result, failure, options, ...place }: Case): SettledWindow {
  const { seconds = 20, spanSeconds = 60, at = {} } = place;
  const { samples = new Float32Array(seconds * SAMPLE_RATE) } = place;
  const open = { span: 3, seekSamples: 0, ...at };
  return settleWindow(
    open,
    {
      window: { samples },
      range: { start: open.seekSamples, end: open.seekSamples + samples.length },
      spanEnd: spanSeconds * SAMPLE_RATE,
    },
    { ...(result && { result }), ...(failure !== undefined && { failure }) },
    { suppressHallucinations: true, ...options },
  );
}

describe('a window that makes no sense', () => {
  /** 20 s of noise with two pauses, the quieter of which is at the very start. */
  function noiseWithPauses(): Float32Array {
    const samples = new Float32Array(20 * SAMPLE_RATE).fill(0.5);
    samples.fill(0, 0, SAMPLE_RATE);
    samples.fill(0.01, 12 * SAMPLE_RATE, 12.4 * SAMPLE_RATE);
    return samples;
  }

  it.each([
    ['repeats itself', LOOP],
    ['is improbable', IMPROBABLE],
  ])('is cut near its middle, where that is quietest, where it %s', (_, scores) => {
    const at = { seekSamples: 160, previousTokens: [4] };
    const { next, ...rest } = settle({
      result: sampleResult(scores),
      samples: noiseWithPauses(),
      at,
    });

    expect(rest).toEqual({ segments: [], warnings: [] });
    expect(next).toMatchObject({ span: 3, ...at });
    expect(next!.windowSamples! / SAMPLE_RATE).toBeCloseTo(12.2, 1);
  });

  it('is cut in its middle where it is as loud all over', () => {
    const { next } = settle({ result: sampleResult(LOOP), seconds: 12 });

    expect(next!.windowSamples! / SAMPLE_RATE).toBeCloseTo(6, 1);
  });

  it.each<[string, Case]>([
    ['it is as short as temperatures are tried on', { result: sampleResult(LOOP), seconds: 10 }],
    ['it is silence', { result: sampleResult({ ...SILENCE, ...LOOP }) }],
    [
      'hallucinations are to be kept',
      { result: sampleResult(LOOP), options: { suppressHallucinations: false } },
    ],
    ['it could not be recognised', { failure: new Error('no kernel') }],
  ])('is not cut where %s', (_, outcome) => {
    const { next } = settle(outcome);

    expect(next).toEqual({ span: 3, seekSamples: (outcome.seconds ?? 20) * SAMPLE_RATE });
  });

  it('is cut where it is just longer', () => {
    const samples = new Float32Array(10 * SAMPLE_RATE + 1);

    expect(settle({ result: sampleResult(LOOP), samples }).next!.windowSamples).toBeDefined();
  });
});

describe('the rest of a span', () => {
  it.each([
    ['is read from a second on', 21, 20],
    ['is not read below', 20.99, undefined],
  ])('%s', (_, spanSeconds, seekSeconds) => {
    const { next } = settle({ result: sampleResult(), spanSeconds });

    expect(next?.seekSamples).toBe(seekSeconds && seekSeconds * SAMPLE_RATE);
  });

  it('is read after what is settled, in windows as long as before a cut', () => {
    const at = { seekSamples: 5 * SAMPLE_RATE, windowSamples: 7 };
    const result = sampleResult({ settledSamples: 3 * SAMPLE_RATE });

    expect(settle({ at, result }).next).toEqual({ span: 3, seekSamples: 8 * SAMPLE_RATE });
  });

  it.each<[string, Case]>([
    ['silence', { result: sampleResult({ ...SILENCE, settledSamples: 5 }) }],
    ['a repetition', { result: sampleResult({ ...LOOP, settledSamples: 5 }), seconds: 9 }],
    ['what could not be recognised', { failure: new Error('no kernel') }],
  ])('is read after the whole window after %s', (_, outcome) => {
    const seekSamples = (outcome.seconds ?? 20) * SAMPLE_RATE;

    expect(settle(outcome)).toMatchObject({ segments: [], next: { seekSamples } });
  });
});

describe('the warnings of a window', () => {
  it.each([
    ['none where all went well', { result: sampleResult() }, []],
    ['WINDOW_SKIPPED where it failed', { failure: new Error('no kernel') }, ['WINDOW_SKIPPED']],
    [
      'WINDOW_SKIPPED alone for a repetition without word times',
      { result: sampleResult(LOOP), failure: new Error('no attention'), seconds: 9 },
      ['WINDOW_SKIPPED'],
    ],
    [
      'WORDS_NOT_TIMED where it has text only without word times',
      { result: sampleResult(), failure: new Error('no attention') },
      ['WORDS_NOT_TIMED'],
    ],
    [
      'none for silence, which has no words to time',
      { result: sampleResult(SILENCE), failure: new Error('no attention') },
      [],
    ],
  ])('are %s', (_, outcome, codes) => {
    expect(settle(outcome).warnings.map(({ code }) => code)).toEqual(codes);
  });
});

describe('what the next window goes by', () => {
  const previousTokensAfter = (settled: Case) =>
    settle({ options: { conditionOnPreviousText: true }, ...settled }).next!.previousTokens;

  it('is nothing, unless asked for', () => {
    const settled = settle({ result: sampleResult(), at: { previousTokens: [9] } });

    expect(settled.next).not.toHaveProperty('previousTokens');
  });

  it('is what was written, up to a temperature of one half', () => {
    const at = { previousTokens: [9] };

    expect(previousTokensAfter({ at, result: sampleResult({ temperature: 0.5 }) })).toEqual([
      9, 1, 2,
    ]);
    expect(previousTokensAfter({ at, result: sampleResult({ temperature: 0.6 }) })).toBeUndefined();
  });

  it.each([
    ['failed', { failure: new Error('no kernel') }],
    ['was silent', { result: sampleResult(SILENCE) }],
    ['repeated itself', { result: sampleResult(LOOP), seconds: 9 }],
  ])('is what was written before a window that %s', (_, outcome) => {
    expect(previousTokensAfter({ ...outcome, at: { previousTokens: [9] } })).toEqual([9]);
  });

  it('is no more than a model has positions for, the latest of it', () => {
    const previousTokens = Array.from({ length: 447 }, (_, index) => 100 + index);
    const tokens = previousTokensAfter({ at: { previousTokens }, result: sampleResult() });

    expect(tokens).toEqual([...previousTokens.slice(1), 1, 2]);
  });
});

describe('a window whose text ends before its speech', () => {
  const WHOLE = sampleResult({
    settledSamples: 20 * SAMPLE_RATE,
    writtenSamples: 12 * SAMPLE_RATE,
  });
  /** The window begins 60 s into the recording, and its span ends with it. */
  const LAST = { at: { seekSamples: 60 * SAMPLE_RATE }, spanSeconds: 80 };
  const nextOf = (speech: { start: number; end: number }[], options: Partial<SettleOptions> = {}) =>
    settle({ result: WHOLE, ...LAST, options: { speech, ...options } }).next;

  it('is read on from there', () => {
    const speech = [
      { start: 5, end: 71 },
      { start: 73, end: 74 },
      { start: 75, end: 79 },
    ];
    expect(nextOf(speech)).toEqual({ span: 3, seekSamples: 72 * SAMPLE_RATE });
  });

  it.each([
    ['too little is said', [{ start: 60, end: 73.4 }]],
    [
      'nothing is said',
      [
        { start: 60, end: 71 },
        { start: 85, end: 99 },
      ],
    ],
    ['nobody knows where speech is', []],
  ])('is settled where after it %s', (_, speech) => {
    expect(nextOf(speech)).toBeUndefined();
  });

  it('is settled where the rules of openai/whisper hold alone', () => {
    const speech = [{ start: 60, end: 80 }];
    expect(nextOf(speech, { suppressHallucinations: false })).toBeUndefined();
  });

  it('is settled where there is hardly any text', () => {
    const result = sampleResult({ settledSamples: 20 * SAMPLE_RATE, writtenSamples: 100 });
    const speech = [{ start: 60, end: 80 }];
    expect(settle({ result, ...LAST, options: { speech } }).next).toBeUndefined();
  });
});
