import { describe, expect, it } from '@jest/globals';
import { startScores } from '../../../../../gpu-container/src/transcribe/whisper/start-scores.ts';

const NO_SPEECH = 3;
const LANGUAGES = new Map([
  ['en', 2],
  ['de', 0],
]);

/** Logits whose softmax is these probabilities, moved by a constant. */
function logitsOf(...probabilities: number[]): Float32Array {
  return Float32Array.from(probabilities, (probability) => Math.log(probability) + 5);
}

describe('startScores', () => {
  it('tells the probability of no speech among all tokens', () => {
    const scores = startScores(logitsOf(0.1, 0.3, 0.4, 0.2), {
      noSpeech: NO_SPEECH,
      languages: LANGUAGES,
    });

    expect(scores.noSpeechProb).toBeCloseTo(0.2, 6);
  });

  it('tells the probability of each language among the languages, in their order', () => {
    const { languageProbs } = startScores(logitsOf(0.1, 0.3, 0.4, 0.2), {
      noSpeech: NO_SPEECH,
      languages: LANGUAGES,
    });

    expect(languageProbs).toHaveLength(2);
    expect(languageProbs[0]).toBeCloseTo(0.8, 6);
    expect(languageProbs[1]).toBeCloseTo(0.2, 6);
  });

  it('knows no language in an English-only model', () => {
    const scores = startScores(logitsOf(0.5, 0.5), { noSpeech: 1, languages: new Map() });

    expect(scores.languageProbs).toEqual(new Float32Array(0));
    expect(scores.noSpeechProb).toBeCloseTo(0.5, 6);
  });
});
