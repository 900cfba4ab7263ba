import { argMax, logSumExp } from '../whisper/log-softmax.ts';
import type { DecoderStep } from './decoder.ts';

/** The tokens written for a stretch of audio, and how probable they are. */
export type Hypothesis = {
  /** Without end of text; of a repetition, the first saying only. */
  readonly tokens: readonly number[];
  /** Sum of the log-probabilities of all tokens written and of the end of text. */
  readonly logprob: number;
  /** How many tokens `logprob` sums over. */
  readonly steps: number;
  /** Whether the model fell into repeating itself and was stopped. */
  readonly repeats: boolean;
};

const START_OF_TEXT = 1;
const END_OF_TEXT = 2;

/** Phrases up to this long are looked for in a repetition. */
const MAX_PHRASE_TOKENS = 16;
/** People say a thing twice or thrice in a row. */
const MIN_SAYINGS = 4;
/** And a short one ("no, no, no, no") more often. */
const MIN_REPEATED_TOKENS = 12;

/**
 * Writes the most probable tokens one by one until the end of text, the limit,
 * or a repetition: greedy search that repeats itself does not find out again.
 *
 * @param signal checked at every token
 * @throws The signal's reason, where it was aborted.
 */
export async function searchGreedily(
  step: DecoderStep,
  maxNewTokens: number,
  signal?: AbortSignal,
): Promise<Hypothesis> {
  const tokens: number[] = [];
  let logprob = 0;
  let steps = 0;
  let token = START_OF_TEXT;
  while (steps < maxNewTokens) {
    signal?.throwIfAborted();
    const logits = await step(token);
    token = argMax(logits);
    logprob += logits[token]! - logSumExp(logits);
    steps++;
    if (token === END_OF_TEXT) {
      break;
    }
    tokens.push(token);
    const phrase = repeatedPhrase(tokens);
    if (phrase > 0) {
      return { tokens: firstSaying(tokens, phrase), logprob, steps, repeats: true };
    }
  }
  return { tokens, logprob, steps, repeats: false };
}

/** Length of the phrase that the tokens end in saying over and over; 0 where they do not. */
export function repeatedPhrase(tokens: readonly number[]): number {
  for (let phrase = 1; phrase <= MAX_PHRASE_TOKENS; phrase++) {
    const needed = Math.max(MIN_SAYINGS * phrase, MIN_REPEATED_TOKENS);
    if (tokens.length >= needed && periodicTail(tokens, phrase) >= needed) {
      return phrase;
    }
  }
  return 0;
}

/** How many tokens at the end go on as they did one phrase earlier, that phrase included. */
function periodicTail(tokens: readonly number[], phrase: number): number {
  let at = tokens.length - 1;
  while (at >= phrase && tokens[at] === tokens[at - phrase]) {
    at--;
  }
  return tokens.length - 1 - at + phrase;
}

function firstSaying(tokens: readonly number[], phrase: number): number[] {
  return tokens.slice(0, tokens.length - periodicTail(tokens, phrase) + phrase);
}
