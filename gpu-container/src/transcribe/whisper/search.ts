import type { DecoderRun } from './decoder.ts';
import { logSumExp } from './log-softmax.ts';
import type { LogitFilter } from './logit-filters.ts';
import type { WhisperVocabulary } from './model-config.ts';
import type { Prompt } from './prompt.ts';
import type { TokenChoice } from './token-choice.ts';

/** The tokens of one window and how probable they are. */
export type Hypothesis = {
  /** Without prompt and end of text. */
  readonly tokens: readonly number[];
  /** Log-probability of each token after the filters; one more for the end of text where it came. */
  readonly logprobs: readonly number[];
  /** Unfiltered probability of the no-speech token at the start of the transcript. */
  readonly noSpeechProb: number;
};

export type SearchOptions = {
  prompt: Prompt;
  filter: LogitFilter;
  choose: TokenChoice;
  maxNewTokens: number;
  /** Writes these tokens instead of choosing: scores a known text (teacher forcing). */
  forced?: readonly number[];
  /** Checked at every token. */
  signal?: AbortSignal | undefined;
};

/**
 * Writes a window's tokens one by one until the end of text.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function searchTokens(
  decoder: DecoderRun,
  { prompt, filter, choose, maxNewTokens, forced, signal }: SearchOptions,
  { endOfText, noSpeech }: Pick<WhisperVocabulary, 'endOfText' | 'noSpeech'>,
): Promise<Hypothesis> {
  const first = await decoder.prefill([prompt.tokens]);
  const atStart = first.at(0, prompt.startIndex);
  const noSpeechProb = Math.min(1, Math.exp(atStart[noSpeech]! - logSumExp(atStart)));

  const tokens: number[] = [];
  const logprobs: number[] = [];
  let logits = first.at(0, prompt.tokens.length - 1);
  while (tokens.length < maxNewTokens) {
    signal?.throwIfAborted();
    filter(logits, tokens);
    const token = forced ? (forced[tokens.length] ?? endOfText) : choose(logits);
    logprobs.push(logits[token]! - logSumExp(logits));
    if (token === endOfText) {
      break;
    }
    tokens.push(token);
    if (tokens.length < maxNewTokens) {
      logits = (await decoder.step([token])).at(0, 0);
    }
  }
  return { tokens, logprobs, noSpeechProb };
}

/** Mean log-probability over the tokens and the end of text, as openai/whisper counts it. */
export function avgLogprob({ tokens, logprobs }: Hypothesis): number {
  return logprobs.reduce((sum, logprob) => sum + logprob, 0) / (tokens.length + 1);
}
