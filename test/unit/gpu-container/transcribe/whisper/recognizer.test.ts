import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pcmFromSamples } from '../../../../../gpu-container/src/decode/pcm.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import type { SpeechRecognizer } from '../../../../../gpu-container/src/transcribe/recognizer.ts';
import {
  type TranscribeInput,
  type TranscriptStep,
  transcribeSpans,
} from '../../../../../gpu-container/src/transcribe/transcribe-spans.ts';
import { openWhisper } from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { readKennedy } from '../demo-speech.ts';

const SENTENCE =
  'and so my fellow americans ask not what your country can do for you ask what you can do for your country';
const OPTIONS = { language: 'en', task: 'transcribe', temperatures: [0] } as const;

describe('openWhisper, with whisper-tiny', () => {
  let recognizer: SpeechRecognizer;
  let kennedy: Float32Array;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    recognizer = await openWhisper(files, { modelId: 'whisper-tiny' });
    kennedy = await readKennedy();
  });

  afterAll(() => recognizer.dispose());

  it('writes down what is said, when, and how sure it is', async () => {
    const [result] = await recognizer.recognize([{ samples: kennedy }], OPTIONS);

    expect(words(result!.segments)).toBe(SENTENCE);
    expect(result!.segments[0]!.start).toBe(0);
    expect(result!.segments.at(-1)!.end).toBeGreaterThan(10);
    expect(result!.avgLogprob).toBeGreaterThan(-0.6);
    expect(result!.noSpeechProb).toBeLessThan(0.5);
    expect(result!.temperature).toBe(0);
  });

  it('takes several windows and answers in their order', async () => {
    const windows = [{ samples: kennedy }, { samples: kennedy.subarray(0, 8 * 16_000) }];
    const together = await recognizer.recognize(windows, OPTIONS);
    const alone = await recognizer.recognize([windows[1]!], OPTIONS);

    expect(together).toHaveLength(2);
    expect(words(together[0]!.segments)).toBe(SENTENCE);
    // An 8-bit model quantises over the whole batch: the last digits are another's too.
    expect(words(together[1]!.segments)).toBe(words(alone[0]!.segments));
    expect(together[1]!.avgLogprob).toBeCloseTo(alone[0]!.avgLogprob, 1);
  });

  it('hears the language', async () => {
    const windows = [{ samples: kennedy }, { samples: kennedy.subarray(0, 8 * 16_000) }];
    const [probabilities, ...more] = await recognizer.languageProbabilities(windows);
    const [result] = await recognizer.recognize([windows[0]!], OPTIONS);

    expect(recognizer.languages).toHaveLength(99);
    expect(more).toHaveLength(1);
    expect(probabilities![recognizer.languages.indexOf('en')]).toBeGreaterThan(0.5);
    expect(probabilities!.reduce((sum, probability) => sum + probability)).toBeCloseTo(1);
    expect(result!.language).toMatchObject({ code: 'en' });
    expect(result!.language!.probability).toBeGreaterThan(0.5);
  });

  it('leaves timestamps out on request', async () => {
    const options = { ...OPTIONS, timestamps: false };
    const [result] = await recognizer.recognize([{ samples: kennedy }], options);

    expect(words(result!.segments)).toBe(SENTENCE);
    expect(result!.segments).toHaveLength(1);
    expect(Math.max(...result!.tokens)).toBeLessThan(50_257);
  });

  it('writes no more tokens than it may', async () => {
    const options = { ...OPTIONS, maxNewTokens: 5 };
    const [result] = await recognizer.recognize([{ samples: kennedy }], options);

    expect(result!.tokens).toHaveLength(5);
  });

  it('takes a very long initial prompt', async () => {
    const options = {
      ...OPTIONS,
      initialPrompt: 'The President of the United States. '.repeat(100),
    };
    const [result] = await recognizer.recognize([{ samples: kennedy }], options);

    expect(words(result!.segments)).toContain('ask what you can do for your country');
  });

  it('draws the same tokens every time above temperature zero', async () => {
    const options = { ...OPTIONS, temperatures: [0.8] };
    const [first] = await recognizer.recognize([{ samples: kennedy }], options);
    const [second] = await recognizer.recognize([{ samples: kennedy }], options);

    expect(second).toEqual(first);
    expect(first!.temperature).toBe(0.8);
  });

  it('searches with beams, for what is at least as probable', async () => {
    const [greedy] = await recognizer.recognize([{ samples: kennedy }], OPTIONS);
    const beams = { ...OPTIONS, beamSize: 3 };
    const [searched] = await recognizer.recognize([{ samples: kennedy }], beams);

    expect(words(searched!.segments)).toBe(SENTENCE);
    expect(searched!.avgLogprob).toBeGreaterThan(greedy!.avgLogprob - 0.01);
  });

  it('takes hotwords', async () => {
    const options = { ...OPTIONS, hotwords: ['Americans', 'country'] };
    const [result] = await recognizer.recognize([{ samples: kennedy }], options);

    expect(words(result!.segments)).toContain('ask what you can do for your country');
  });

  it('gives the same transcript when it goes on from a cursor', async () => {
    const thrice = new Float32Array(kennedy.length * 3);
    for (const start of [0, 1, 2]) {
      thrice.set(kennedy, start * kennedy.length);
    }
    const input: TranscribeInput = {
      pcm: pcmFromSamples(thrice),
      spans: [{ start: 0, end: thrice.length / 16_000 }],
      recognizer,
      options: { ...OPTIONS, suppressHallucinations: true },
    };
    const whole = await stepsOf(input);
    expect(whole.length).toBeGreaterThan(1);
    const resumed = await stepsOf({ ...input, from: whole[0]!.cursor });

    expect(resumed).toEqual(whole.slice(1));
    const text = words(whole.flatMap(({ segments }) => segments));
    expect(text.match(/ask what you can do for your country/g)).toHaveLength(3);
  });
});

async function stepsOf(input: TranscribeInput): Promise<TranscriptStep[]> {
  const steps: TranscriptStep[] = [];
  for await (const step of transcribeSpans(input)) {
    steps.push(step);
  }
  return steps;
}

function words(segments: readonly { text: string }[]): string {
  const text = segments.map((segment) => segment.text).join(' ');
  return (
    text
      .toLowerCase()
      .match(/[a-z']+/g)
      ?.join(' ') ?? ''
  );
}
