import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { openMoonshine } from '../../../../../gpu-container/src/transcribe/moonshine/recognizer.ts';
import type {
  SpeechRecognizer,
  WindowResult,
} from '../../../../../gpu-container/src/transcribe/recognizer.ts';
import { itWithShared, sharedPath } from '../../../../environment/shared.ts';
import { wordErrors, wordsOf } from '../../../../environment/word-errors.ts';
import { readWav } from '../../../../parity/wav.ts';

const KENNEDY =
  'And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country.';
const AUSTEN =
  'and mr john dashwood had then leisure to consider how much there might be prudently in his power to do for them';
const LIBRISPEECH =
  'It was the first great sorrow of his life it was not so much the loss of the cotton itself but the fantasy the hopes the dreams built around it';
const OPTIONS = { language: 'en', task: 'transcribe' } as const;

describe('openMoonshine, with moonshine-tiny', () => {
  let recognizer: SpeechRecognizer;
  let kennedy: Float32Array;
  let austen: Float32Array;

  beforeAll(async () => {
    const models = modelStoreFromEnvironment();
    const [moonshine, speech] = [
      await models.pull('moonshine-tiny'),
      await models.pull('demo-speech'),
    ];
    recognizer = await openMoonshine(moonshine, { modelId: 'moonshine-tiny' });
    kennedy = await readWav(speech.file('jfk.wav'));
    austen = await readWav(speech.file('sense-and-sensibility-0870.wav'));
  });

  afterAll(() => recognizer.dispose());

  it('writes down windows of different lengths, each as one segment that spans it', async () => {
    const [first, second] = await recognizer.recognize(
      [{ samples: kennedy }, { samples: austen }],
      OPTIONS,
    );

    expect(wordErrorRate(KENNEDY, first!)).toBeLessThan(0.1);
    expect(wordErrorRate(AUSTEN, second!)).toBeLessThan(0.1);
    expect(first!.segments).toEqual([{ start: 0, end: 11, text: expect.any(String) }]);
    expect(first!.settledSamples).toBe(kennedy.length);
    expect(second!.settledSamples).toBe(austen.length);
  });

  itWithShared('writes down what LibriSpeech reads', async () => {
    const samples = await readWav(sharedPath('audio', 'librispeech_1995-1837-0001.wav'));
    const [result] = await recognizer.recognize([{ samples }], OPTIONS);

    expect(wordErrorRate(LIBRISPEECH, result!)).toBeLessThan(0.1);
  });

  it('says how sure it is', async () => {
    const [result] = await recognizer.recognize([{ samples: kennedy }], OPTIONS);

    expect(result!.avgLogprob).toBeLessThan(0);
    expect(result!.avgLogprob).toBeGreaterThan(-0.5);
    expect(result!.compressionRatio).toBeGreaterThan(0.8);
    expect(result!.compressionRatio).toBeLessThan(2);
    expect(result!).toMatchObject({ noSpeechProb: 0, temperature: 0 });
    expect(result!.tokens).toEqual(result!.settledTokens);
  });

  it('writes the same whatever goes through beside it', async () => {
    const windows = [{ samples: kennedy }, { samples: austen }];
    const together = await recognizer.recognize(windows, OPTIONS);

    expect(await recognizer.recognize([windows[1]!], OPTIONS)).toEqual([together[1]]);
  });

  it('answers silence with no text', async () => {
    const [result] = await recognizer.recognize(
      [{ samples: new Float32Array(5 * 16_000) }],
      OPTIONS,
    );

    expect(result!.segments).toEqual([]);
    expect(result!.settledSamples).toBe(5 * 16_000);
  });

  it('takes a window that is shorter than its encoder needs', async () => {
    const [result] = await recognizer.recognize([{ samples: kennedy.subarray(0, 320) }], OPTIONS);

    expect(result!.settledSamples).toBe(320);
  });

  it('writes no more than it is allowed to', async () => {
    const options = { ...OPTIONS, maxNewTokens: 4 };
    const [result] = await recognizer.recognize([{ samples: kennedy }], options);

    expect(result!.tokens).toHaveLength(4);
  });

  it.each([
    ['another language', { language: 'de' }],
    ['translation', { task: 'translate' as const }],
    ['a prompt', { initialPrompt: 'Reelscribe' }],
    ['hotwords', { hotwords: ['Reelscribe'] }],
    ['beams', { beamSize: 2 }],
    ['word times', { wordTimestamps: true }],
  ])('refuses %s', async (_what, asked) => {
    await expect(
      recognizer.recognize([{ samples: kennedy }], { ...OPTIONS, ...asked }),
    ).rejects.toMatchObject({ code: 'NOT_AVAILABLE' });
  });

  it('hears English only', async () => {
    expect(recognizer.languages).toEqual(['en']);
    expect(recognizer.timesWords).toBe(false);
    const windows = [{ samples: kennedy }, { samples: austen }];
    expect(await recognizer.languageProbabilities(windows)).toEqual([
      Float32Array.of(1),
      Float32Array.of(1),
    ]);
  });

  it('stops where it is told to', async () => {
    const reason = new Error('enough');
    await expect(
      recognizer.recognize([{ samples: kennedy }], {
        ...OPTIONS,
        signal: AbortSignal.abort(reason),
      }),
    ).rejects.toBe(reason);
  });
});

function wordErrorRate(reference: string, result: WindowResult): number {
  const expected = wordsOf(reference);
  return wordErrors(expected, wordsOf(text(result))) / expected.length;
}

function text({ segments }: WindowResult): string {
  return segments.map((segment) => segment.text).join(' ');
}
