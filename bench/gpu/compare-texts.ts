import type { Hypothesis } from '../../gpu-container/src/transcribe/whisper/search.ts';

type Text = Pick<Hypothesis, 'tokens' | 'logprobs'>;

/** How far texts of the same speech are the same. */
export type TextAgreement = {
  readonly windows: number;
  /** Tokens of the expected texts, and how many of them were written before a text went another way. */
  readonly tokens: number;
  readonly equalTokens: number;
  /** Largest difference between log-probabilities of equal tokens. */
  readonly logprobDifference: number;
};

/** Compares texts with those expected, window by window. */
export function compareTexts(written: readonly Text[], expected: readonly Text[]): TextAgreement {
  const windows = expected.map((text, window) => compareText(written[window]!, text));
  return {
    windows: expected.length,
    tokens: expected.reduce((sum, { tokens }) => sum + tokens.length, 0),
    equalTokens: windows.reduce((sum, { equal }) => sum + equal, 0),
    logprobDifference: Math.max(...windows.map(({ difference }) => difference)),
  };
}

function compareText(written: Text, expected: Text): { equal: number; difference: number } {
  const parting = expected.tokens.findIndex((token, at) => token !== written.tokens[at]);
  // A text that goes on where the other ended has one token too many.
  const tooLong = written.tokens.length > expected.tokens.length ? 1 : 0;
  const same = parting === -1 ? expected.tokens.length : parting;
  const differences = expected.logprobs
    .slice(0, same)
    .map((logprob, at) => Math.abs(logprob - written.logprobs[at]!));
  return {
    equal: parting === -1 ? Math.max(0, same - tooLong) : same,
    difference: Math.max(0, ...differences),
  };
}
