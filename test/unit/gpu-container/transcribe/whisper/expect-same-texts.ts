import { expect } from '@jest/globals';
import type { Hypothesis } from '../../../../../gpu-container/src/transcribe/whisper/search.ts';

type Tolerances = { readonly logprobs: number; readonly startScores: number };

/** Both compute in single precision, in different orders. */
const SINGLE_PRECISION: Tolerances = { logprobs: 1e-3, startScores: 1e-4 };

/** The same tokens, as probable as the others'. */
export function expectSameTexts(
  actual: readonly Hypothesis[],
  expected: readonly Hypothesis[],
  { logprobs, startScores }: Tolerances = SINGLE_PRECISION,
): void {
  expect(actual.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
  for (const [row, text] of actual.entries()) {
    const other = expected[row]!;
    expectClose(text.logprobs, other.logprobs, logprobs);
    expectClose(text.languageProbs, other.languageProbs, startScores);
    expectClose([text.noSpeechProb], [other.noSpeechProb], startScores);
  }
}

export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(actual).toHaveLength(expected.length);
  const differences = Array.from(actual, (value, at) => Math.abs(value - expected[at]!));
  // Not the largest of them, which a NaN would hide.
  expect(differences.filter((difference) => !(difference < tolerance))).toEqual([]);
}
