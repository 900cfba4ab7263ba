import { describe, expect, it } from '@jest/globals';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import type {
  AudioWindow,
  SpeechRecognizer,
  WindowResult,
} from '../../../../gpu-container/src/transcribe/recognizer.ts';
import {
  type TranscribeInput,
  type TranscriptStep,
  transcribeSpans,
} from '../../../../gpu-container/src/transcribe/transcribe-spans.ts';

const SAMPLE_RATE = 16_000;
const WINDOW_SAMPLES = 30 * SAMPLE_RATE;
const GOOD = { avgLogprob: -0.2, noSpeechProb: 0.01, compressionRatio: 1.3, temperature: 0 };
const OPTIONS: TranscribeInput['options'] = {
  language: 'en',
  task: 'transcribe',
  temperatures: [0],
  suppressHallucinations: true,
};

/** Audio whose samples tell their own time, so that a window shows where it was read. */
function clock(seconds: number) {
  return pcmFromSamples(
    Float32Array.from({ length: seconds * SAMPLE_RATE }, (_, n) => n / SAMPLE_RATE),
  );
}

type Script = (startSeconds: number, seconds: number) => Partial<WindowResult>;

/** A recogniser of one window at a time that says what the script says; the default is one segment over the window. */
function recognizerOf(script: Script = () => ({}), germanProbabilities = [0.9]) {
  const heard: [start: number, seconds: number][] = [];
  const batches: number[][] = [];
  const detections: number[] = [];
  const place = ({ samples }: AudioWindow) => [samples[0]!, samples.length / SAMPLE_RATE] as const;
  const recognizer: SpeechRecognizer = {
    modelId: 'scripted',
    languages: ['en', 'de'],
    timesWords: false,
    windowSamples: WINDOW_SAMPLES,
    batchSize: 1,
    async recognize(windows) {
      batches.push(windows.map((window) => place(window)[0]));
      return windows.map((window) => {
        const [start, seconds] = place(window);
        heard.push([start, seconds]);
        return {
          ...GOOD,
          segments: [{ start: 0, end: seconds, text: `from ${start}` }],
          tokens: [],
          settledTokens: [],
          settledSamples: window.samples.length,
          ...script(start, seconds),
        };
      });
    },
    async languageProbabilities(windows) {
      detections.push(windows.length);
      return windows.map((_, index) => {
        const german = germanProbabilities[index] ?? 0.1;
        return Float32Array.of(1 - german, german);
      });
    },
    dispose: async () => {},
  };
  return { recognizer, heard, batches, detections };
}

async function stepsOf(input: TranscribeInput): Promise<TranscriptStep[]> {
  const steps: TranscriptStep[] = [];
  for await (const step of transcribeSpans(input)) {
    steps.push(step);
  }
  return steps;
}

describe('transcribeSpans', () => {
  it('places the segments of each span in the recording, with their scores', async () => {
    const { recognizer } = recognizerOf();
    const spans = [
      { start: 2, end: 10 },
      { start: 12, end: 20 },
    ];
    const steps = await stepsOf({ pcm: clock(20), spans, recognizer, options: OPTIONS });

    expect(steps.flatMap(({ segments }) => segments)).toEqual([
      { start: 2, end: 10, text: 'from 2', ...GOOD },
      { start: 12, end: 20, text: 'from 12', ...GOOD },
    ]);
    expect(steps.map(({ cursor }) => cursor)).toEqual([
      { next: 2, open: [{ span: 1, seekSamples: 0 }] },
      { next: 2, open: [] },
    ]);
    expect(steps[0]!.language).toEqual({ code: 'en', probability: null });
  });

  it('reads a long span on from where its segments end', async () => {
    const { recognizer, heard } = recognizerOf((start) => ({
      settledSamples: start === 0 ? 25 * SAMPLE_RATE : WINDOW_SAMPLES,
    }));
    await stepsOf({ pcm: clock(70), spans: [{ start: 0, end: 70 }], recognizer, options: OPTIONS });

    expect(heard).toEqual([
      [0, 30],
      [25, 30],
      [55, 15],
    ]);
  });

  it('goes on after a window that settles nothing', async () => {
    const { recognizer, heard } = recognizerOf(() => ({ settledSamples: 0 }));
    await stepsOf({ pcm: clock(40), spans: [{ start: 0, end: 40 }], recognizer, options: OPTIONS });

    expect(heard).toEqual([
      [0, 30],
      [30, 10],
    ]);
  });

  it('does not read a rest too short to make sense of', async () => {
    const { recognizer, heard } = recognizerOf((_, seconds) => ({
      settledSamples: Math.round((seconds - 0.9) * SAMPLE_RATE),
    }));
    await stepsOf({ pcm: clock(9), spans: [{ start: 0, end: 9 }], recognizer, options: OPTIONS });

    expect(heard).toEqual([[0, 9]]);
  });

  it('places words in the recording too', async () => {
    const words = [{ text: 'word', start: 0.5, end: 1, probability: 0.9 }];
    const { recognizer } = recognizerOf(() => ({
      segments: [{ start: 0.5, end: 1, text: 'word', words }],
    }));
    const [step] = await stepsOf({
      pcm: clock(9),
      spans: [{ start: 3, end: 9 }],
      recognizer: { ...recognizer, timesWords: true },
      options: { ...OPTIONS, wordTimestamps: true },
    });

    expect(step!.segments).toMatchObject([
      { start: 3.5, end: 4, words: [{ text: 'word', start: 3.5, end: 4, probability: 0.9 }] },
    ]);
  });

  it('keeps the text of a window whose words cannot be timed, with a warning', async () => {
    const { recognizer } = recognizerOf();
    const failure = new Error('no attention');
    const [step] = await stepsOf({
      pcm: clock(5),
      spans: [{ start: 1, end: 5 }],
      recognizer: {
        ...recognizer,
        timesWords: true,
        recognize: (windows, options) =>
          options.wordTimestamps ? Promise.reject(failure) : recognizer.recognize(windows, options),
      },
      options: { ...OPTIONS, wordTimestamps: true },
    });

    expect(step!.segments.map(({ text }) => text)).toEqual(['from 1']);
    expect(step!.warnings).toMatchObject([{ code: 'WORDS_NOT_TIMED', start: 1, end: 5 }]);
    expect(step!.failures).toEqual([failure]);
  });

  it('refuses word times of a model that has none', async () => {
    const { recognizer } = recognizerOf();
    const options = { ...OPTIONS, wordTimestamps: true };
    const spans = [{ start: 0, end: 1 }];

    await expect(stepsOf({ pcm: clock(1), spans, recognizer, options })).rejects.toMatchObject({
      code: 'NOT_AVAILABLE',
    });
  });

  it('lets no segment pass the end of its span, and drops empty ones', async () => {
    const { recognizer } = recognizerOf(() => ({
      segments: [
        { start: 0, end: 3, text: '' },
        { start: 3, end: 9, text: 'too long' },
        { start: 8, end: 9, text: 'in the padding' },
      ],
    }));
    const spans = [{ start: 1, end: 6 }];
    const [step] = await stepsOf({ pcm: clock(20), spans, recognizer, options: OPTIONS });

    expect(step!.segments).toEqual([{ start: 4, end: 6, text: 'too long', ...GOOD }]);
  });

  it.each([
    ['silence', { noSpeechProb: 0.7, avgLogprob: -1.1 }, 0],
    ['quiet but believed speech', { noSpeechProb: 0.7, avgLogprob: -0.9 }, 1],
    ['improbable speech', { noSpeechProb: 0.5, avgLogprob: -1.1 }, 1],
  ])('hears %s as such', async (_, scores, segmentCount) => {
    const { recognizer } = recognizerOf(() => ({ ...scores, settledSamples: SAMPLE_RATE }));
    const spans = [{ start: 0, end: 1 }];
    const [step] = await stepsOf({ pcm: clock(10), spans, recognizer, options: OPTIONS });

    expect(step!.segments).toHaveLength(segmentCount);
    expect(step!.warnings).toEqual([]);
  });

  it('leaves out a window that only repeats itself, and says so', async () => {
    const { recognizer, heard } = recognizerOf(() => ({ compressionRatio: 5, settledSamples: 1 }));
    const spans = [{ start: 3, end: 13 }];
    const steps = await stepsOf({ pcm: clock(20), spans, recognizer, options: OPTIONS });

    expect(heard).toEqual([[3, 10]]);
    expect(steps).toMatchObject([
      { segments: [], warnings: [{ code: 'WINDOW_SKIPPED', start: 3, end: 13 }] },
    ]);
  });

  it('keeps repetition where hallucinations are not to be suppressed', async () => {
    const { recognizer } = recognizerOf(() => ({ compressionRatio: 5 }));
    const options = { ...OPTIONS, suppressHallucinations: false };
    const spans = [{ start: 0, end: 5 }];
    const [step] = await stepsOf({ pcm: clock(5), spans, recognizer, options });

    expect(step!.segments).toHaveLength(1);
  });

  it('leaves a gap with a warning where the recogniser fails on a window', async () => {
    const { recognizer } = recognizerOf((start) => {
      if (start === 10) {
        throw new Error('out of memory');
      }
      return {};
    });
    const spans = [0, 10, 20].map((start) => ({ start, end: start + 5 }));
    const steps = await stepsOf({ pcm: clock(30), spans, recognizer, options: OPTIONS });

    expect(steps.map(({ segments }) => segments.length)).toEqual([1, 0, 1]);
    expect(steps[1]!.warnings).toMatchObject([{ code: 'WINDOW_SKIPPED', start: 10, end: 15 }]);
    expect(steps.map(({ failures }) => failures)).toEqual([[], [new Error('out of memory')], []]);
  });

  it('fails where the recogniser fails on every window', async () => {
    const { recognizer } = recognizerOf(() => {
      throw new Error('no kernel');
    });
    const spans = [0, 10].map((start) => ({ start, end: start + 5 }));

    await expect(
      stepsOf({ pcm: clock(30), spans, recognizer, options: OPTIONS }),
    ).rejects.toMatchObject({ code: 'TRANSCRIPTION_FAILED', cause: new Error('no kernel') });
  });

  it('ends with the reason of its signal, and takes no stop for a failing window', async () => {
    const controller = new AbortController();
    const reason = new Error('the machine is taken away');
    const { recognizer } = recognizerOf(() => {
      controller.abort(reason);
      throw reason;
    });
    const input = { pcm: clock(9), spans: [{ start: 0, end: 9 }], recognizer, options: OPTIONS };

    await expect(stepsOf({ ...input, signal: controller.signal })).rejects.toBe(reason);
  });

  it('drops a segment that begins within 10 ms of the end of its window', async () => {
    const { recognizer } = recognizerOf(() => ({
      segments: [
        { start: 0, end: 5, text: 'said' },
        { start: 5, end: 7, text: 'made up' },
      ],
    }));
    const spans = [{ start: 0, end: 5.0003 }];
    const [step] = await stepsOf({ pcm: clock(9), spans, recognizer, options: OPTIONS });

    expect(step!.segments.map(({ text }) => text)).toEqual(['said']);
  });

  it('lets a failing reader fail the job', async () => {
    const { recognizer } = recognizerOf();
    const pcm = { ...clock(1), read: () => Promise.reject(new Error('disk gone')) };
    const input = { pcm, spans: [{ start: 0, end: 1 }], recognizer, options: OPTIONS };

    await expect(stepsOf(input)).rejects.toThrow('disk gone');
  });

  it('says nothing where there is nothing to transcribe', async () => {
    const { recognizer } = recognizerOf();

    expect(await stepsOf({ pcm: clock(5), spans: [], recognizer, options: OPTIONS })).toEqual([]);
  });

  it('refuses a language that the model does not know', async () => {
    const { recognizer } = recognizerOf();
    const options = { ...OPTIONS, language: 'yue' };
    const input = { pcm: clock(5), spans: [{ start: 0, end: 5 }], recognizer, options };

    await expect(stepsOf(input)).rejects.toMatchObject({ code: 'NOT_AVAILABLE' });
  });
});

describe('transcribeSpans in batches', () => {
  const spans = [0, 10, 20, 30, 40].map((start) => ({ start, end: start + 8 }));
  const input = { pcm: clock(50), spans, options: { ...OPTIONS, batchSize: 3 } };

  it('reads the next windows of as many spans as fit', async () => {
    const { recognizer, batches } = recognizerOf();
    await stepsOf({ ...input, recognizer });

    expect(batches).toEqual([
      [0, 10, 20],
      [30, 40],
    ]);
  });

  it('fills up with new spans what others leave free', async () => {
    const { recognizer, batches } = recognizerOf((start) => ({
      settledSamples: (start === 10 ? 4 : 8) * SAMPLE_RATE,
    }));
    await stepsOf({ ...input, recognizer });

    expect(batches).toEqual([
      [0, 10, 20],
      [14, 30, 40],
    ]);
  });

  it('loses only the window that breaks the model', async () => {
    const { recognizer, batches } = recognizerOf((start) => {
      if (start === 10) {
        throw new Error('out of memory');
      }
      return {};
    });
    const steps = await stepsOf({ ...input, recognizer });

    expect(batches).toEqual([[0, 10, 20], [0, 10], [0], [10], [20], [30, 40]]);
    expect(steps[0]!.segments.map(({ text }) => text)).toEqual(['from 0', 'from 20']);
    expect(steps[0]!.warnings).toMatchObject([{ code: 'WINDOW_SKIPPED', start: 10 }]);
  });

  it('gives up where the recogniser fails on three windows in a row', async () => {
    const { recognizer } = recognizerOf((start) => {
      if (start >= 20) {
        throw new Error('the device is gone');
      }
      return {};
    });
    const steps: TranscriptStep[] = [];
    const run = async () => {
      for await (const step of transcribeSpans({ ...input, recognizer })) {
        steps.push(step);
      }
    };

    await expect(run()).rejects.toMatchObject({ code: 'TRANSCRIPTION_FAILED' });
    expect(steps).toHaveLength(1);
  });
});

describe('transcribeSpans where a long window makes no sense', () => {
  const noSense = (_start: number, seconds: number): Partial<WindowResult> =>
    seconds > 10 ? { compressionRatio: 5, settledSamples: 1 } : {};

  it('reads it again in shorter ones, cut where it is quietest', async () => {
    const samples = new Float32Array(24 * SAMPLE_RATE).fill(0.5);
    samples.fill(0.001, 9.2 * SAMPLE_RATE, 9.6 * SAMPLE_RATE);
    const lengths: number[] = [];
    const { recognizer } = recognizerOf();
    const steps = await stepsOf({
      pcm: pcmFromSamples(samples),
      spans: [{ start: 0, end: 24 }],
      recognizer: {
        ...recognizer,
        recognize: (windows) => {
          lengths.push(windows[0]!.samples.length / SAMPLE_RATE);
          return recognizerOf(noSense).recognizer.recognize(windows, OPTIONS);
        },
      },
      options: OPTIONS,
    });

    expect(lengths[0]).toBe(24);
    expect(lengths[1]).toBeGreaterThan(9.2);
    expect(lengths[1]).toBeLessThan(9.6);
    expect(lengths[1]! + lengths[2]!).toBeCloseTo(24);
    expect(steps.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(steps[0]!.segments).toEqual([]);
  });

  it('goes on from a cursor between the two', async () => {
    const input = { pcm: clock(20), spans: [{ start: 0, end: 20 }], options: OPTIONS };
    const whole = await stepsOf({ ...input, recognizer: recognizerOf(noSense).recognizer });
    expect(whole.length).toBeGreaterThan(2);
    for (const [index, { cursor }] of whole.entries()) {
      const { recognizer } = recognizerOf(noSense);
      const from = JSON.parse(JSON.stringify(cursor));
      expect(await stepsOf({ ...input, recognizer, from })).toEqual(whole.slice(index + 1));
    }
  });
});

describe('transcribeSpans by what was written before', () => {
  const options = { ...OPTIONS, conditionOnPreviousText: true };

  async function previousTokensOf(script: Script, spans = [{ start: 0, end: 80 }]) {
    const { recognizer } = recognizerOf(script);
    const previous: unknown[] = [];
    const listening: SpeechRecognizer = {
      ...recognizer,
      recognize: (windows, ...rest) => {
        previous.push(...windows.map(({ previousTokens }) => previousTokens));
        return recognizer.recognize(windows, ...rest);
      },
    };
    await stepsOf({ pcm: clock(80), spans, recognizer: listening, options });
    return previous;
  }

  it('hands on the settled tokens of the span', async () => {
    const script: Script = (start) => ({ settledTokens: [start, start + 1] });

    expect(await previousTokensOf(script)).toEqual([undefined, [0, 1], [0, 1, 30, 31]]);
  });

  it('forgets what was drawn at a high temperature, and silence adds nothing', async () => {
    const wild = await previousTokensOf((start) => ({ settledTokens: [start], temperature: 0.8 }));
    const silent = await previousTokensOf((start) =>
      start === 30
        ? { settledTokens: [start], noSpeechProb: 0.9, avgLogprob: -2 }
        : { settledTokens: [start] },
    );

    expect(wild).toEqual([undefined, undefined, undefined]);
    expect(silent).toEqual([undefined, [0], [0]]);
  });

  it('starts every span afresh', async () => {
    const spans = [0, 20].map((start) => ({ start, end: start + 10 }));

    expect(await previousTokensOf(() => ({ settledTokens: [1] }), spans)).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('transcribeSpans of several languages', () => {
  const german = { code: 'de', probability: 0.9 };

  function inGerman() {
    const written: (string | undefined)[][] = [];
    const { recognizer } = recognizerOf((start) => (start === 10 ? { language: german } : {}));
    const multilingual: SpeechRecognizer = {
      ...recognizer,
      batchSize: 2,
      recognize: (windows, ...rest) => {
        written.push(windows.map(({ language }) => language));
        return recognizer.recognize(windows, ...rest);
      },
    };
    const spans = [0, 10].map((start) => ({ start, end: start + 8 }));
    return { written, input: { pcm: clock(20), spans, recognizer: multilingual } };
  }

  it('writes a window in the language heard in it, on request', async () => {
    const { written, input } = inGerman();
    await stepsOf({ ...input, options: { ...OPTIONS, multilingual: true } });

    expect(written).toEqual([[undefined, undefined], ['de']]);
  });

  it('writes all in one language otherwise', async () => {
    const { written, input } = inGerman();
    await stepsOf({ ...input, options: OPTIONS });

    expect(written).toEqual([[undefined, undefined]]);
  });
});

describe('transcribeSpans with language auto', () => {
  const options = { ...OPTIONS, language: 'auto' };
  const spans = [0, 10, 20, 30].map((start) => ({ start, end: start + 5 }));

  it('goes by the mean of what the first windows sound like', async () => {
    const { recognizer, detections } = recognizerOf(undefined, [0.1, 0.9, 0.8, 0.7]);
    const input = { pcm: clock(40), spans, recognizer: { ...recognizer, batchSize: 8 }, options };
    const [step] = await stepsOf(input);

    expect(detections).toEqual([4]);
    expect(step!.language.code).toBe('de');
    expect(step!.language.probability).toBeCloseTo(0.625);
  });

  it('listens to no more windows than it reads at once, or four', async () => {
    const many = Array.from({ length: 9 }, (_, index) => ({
      start: index * 4,
      end: index * 4 + 2,
    }));
    const one = recognizerOf();
    await stepsOf({ pcm: clock(40), spans: many, recognizer: one.recognizer, options });
    const nine = recognizerOf();
    const recognizer = { ...nine.recognizer, batchSize: 9 };
    await stepsOf({ pcm: clock(40), spans: many, recognizer, options });

    expect([one.detections, nine.detections]).toEqual([[1], [4]]);
  });

  it('hands out the samples it listened to again, and those only once', async () => {
    const { recognizer } = recognizerOf();
    const listened: Float32Array[] = [];
    const read: Float32Array[] = [];
    const remembering: SpeechRecognizer = {
      ...recognizer,
      batchSize: 2,
      languageProbabilities: (windows) => {
        listened.push(...windows.map(({ samples }) => samples));
        return recognizer.languageProbabilities(windows);
      },
      recognize: (windows, ...rest) => {
        read.push(...windows.map(({ samples }) => samples));
        return recognizer.recognize(windows, ...rest);
      },
    };
    await stepsOf({ pcm: clock(40), spans, recognizer: remembering, options });

    expect(listened).toHaveLength(2);
    expect(read.map((samples) => listened.indexOf(samples))).toEqual([0, 1, -1, -1]);
  });

  it('fails where detection fails', async () => {
    const { recognizer } = recognizerOf();
    const deaf = {
      ...recognizer,
      languageProbabilities: () => Promise.reject(new Error('no kernel')),
    };

    await expect(
      stepsOf({ pcm: clock(40), spans, recognizer: deaf, options }),
    ).rejects.toMatchObject({ code: 'TRANSCRIPTION_FAILED' });
  });
});

describe('transcribeSpans from a cursor', () => {
  it('goes on as if it had never stopped, wherever it stopped', async () => {
    const script: Script = (start) => ({
      settledSamples: Math.round((start % 7 === 0 ? 22 : 27) * SAMPLE_RATE),
    });
    const input = {
      pcm: clock(150),
      spans: [
        { start: 1, end: 80 },
        { start: 84.5, end: 150 },
      ],
      options: OPTIONS,
    };
    const whole = await stepsOf({ ...input, recognizer: recognizerOf(script).recognizer });
    expect(whole.length).toBeGreaterThan(4);

    for (const [index, { cursor }] of whole.entries()) {
      const { recognizer } = recognizerOf(script);
      const from = JSON.parse(JSON.stringify(cursor));
      expect(await stepsOf({ ...input, recognizer, from })).toEqual(whole.slice(index + 1));
    }
  });

  it('does not fail the whole for the last window', async () => {
    const { recognizer } = recognizerOf(() => {
      throw new Error('out of memory');
    });
    const spans = [0, 10].map((start) => ({ start, end: start + 5 }));
    const from = { next: 2, open: [{ span: 1, seekSamples: 0 }] };
    const steps = await stepsOf({ pcm: clock(20), spans, recognizer, options: OPTIONS, from });

    expect(steps).toMatchObject([{ warnings: [{ code: 'WINDOW_SKIPPED' }] }]);
  });
});
