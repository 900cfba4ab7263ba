import { describe, expect, it } from '@jest/globals';
import type { AudioWindow } from '../../../../gpu-container/src/transcribe/recognizer.ts';
import {
  isOtherLanguage,
  likeliestLanguage,
  spokenLanguage,
} from '../../../../gpu-container/src/transcribe/spoken-language.ts';

const WINDOWS: AudioWindow[] = [{ samples: new Float32Array(1) }];

function recognizerOf(languageProbabilities = async () => [Float32Array.of(0.3, 0.7)]) {
  return { modelId: 'fake', languages: ['en', 'de'], languageProbabilities };
}

describe('spokenLanguage', () => {
  it('does not listen where the language is given', async () => {
    const listen = () => Promise.reject(new Error('listened'));

    expect(await spokenLanguage('de', recognizerOf(listen), listen)).toEqual({
      code: 'de',
      probability: null,
    });
  });

  it('names the model that does not know a language', async () => {
    await expect(spokenLanguage('yue', recognizerOf(), async () => WINDOWS)).rejects.toMatchObject({
      code: 'NOT_AVAILABLE',
      message: 'fake does not know the language yue',
    });
  });

  it('goes by what is heard where none is given', async () => {
    const language = await spokenLanguage('auto', recognizerOf(), async () => WINDOWS);

    expect(language.code).toBe('de');
    expect(language.probability).toBeCloseTo(0.7);
  });

  it('takes the first language of the model where there is nothing to hear', async () => {
    const listen = () => Promise.reject(new Error('listened'));

    expect(await spokenLanguage('auto', recognizerOf(listen), async () => [])).toEqual({
      code: 'en',
      probability: null,
    });
  });

  it('tells why detection failed', async () => {
    const cause = new Error('no kernel');
    const recognizer = recognizerOf(() => Promise.reject(cause));

    await expect(spokenLanguage('auto', recognizer, async () => WINDOWS)).rejects.toMatchObject({
      code: 'TRANSCRIPTION_FAILED',
      cause,
    });
  });

  it('takes unreadable audio for no failure of detection', async () => {
    const broken = new Error('disk gone');

    await expect(spokenLanguage('auto', recognizerOf(), () => Promise.reject(broken))).rejects.toBe(
      broken,
    );
  });
});

describe('likeliestLanguage', () => {
  it('lets one window that is sure outvote two that guess', () => {
    const { code, probability } = likeliestLanguage(
      ['en', 'de', 'fr'],
      [Float32Array.of(0.4, 0.3, 0.3), Float32Array.of(0.4, 0.3, 0.3), Float32Array.of(0, 1, 0)],
    );

    expect(code).toBe('de');
    expect(probability).toBeCloseTo(1.6 / 3);
  });

  it('takes the first of equals', () => {
    expect(likeliestLanguage(['en', 'de'], [Float32Array.of(0.5, 0.5)]).code).toBe('en');
  });
});

describe('isOtherLanguage', () => {
  it.each([
    ['another language, surely', { code: 'de', probability: 0.5 }, true],
    ['another language, at a guess', { code: 'de', probability: 0.49 }, false],
    ['the language written', { code: 'en', probability: 0.9 }, false],
    ['no language', undefined, false],
  ])('hears %s', (_, heard, isOther) => {
    expect(isOtherLanguage(heard, 'en')).toBe(isOther);
  });
});
