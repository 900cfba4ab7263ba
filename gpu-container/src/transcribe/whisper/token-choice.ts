import { argMax, NEGLIGIBLE_LOG } from './log-softmax.ts';

/** Picks the next token from filtered logits, given the tokens written so far. */
export type TokenChoice = (logits: Float32Array, written: readonly number[]) => number;

/** The most probable token. */
export const chooseMostProbable: TokenChoice = (logits) => argMax(logits);

/** Writes a known text, whatever the logits (teacher forcing): scores it. */
export function forceTokens(text: readonly number[], endOfText: number): TokenChoice {
  return (_logits, written) => text[written.length] ?? endOfText;
}

/**
 * Draws tokens from softmax(logits / temperature). Every window draws from the
 * same seed, so that a resumed job writes what it would have written.
 */
export function drawTokens(temperature: number, seed: number): TokenChoice {
  const random = mulberry32(seed);
  return (logits) => {
    const max = logits[argMax(logits)]!;
    const negligible = max - NEGLIGIBLE_LOG * temperature;
    const weight = (token: number) =>
      logits[token]! > negligible ? Math.exp((logits[token]! - max) / temperature) : 0;
    let total = 0;
    for (let token = 0; token < logits.length; token++) {
      total += weight(token);
    }
    let left = random() * total;
    for (let token = 0; token < logits.length; token++) {
      left -= weight(token);
      if (left < 0) {
        return token;
      }
    }
    return argMax(logits);
  };
}

/** The last number in single precision before 1, to which those after it would be rounded up. */
const LAST_BEFORE_ONE = 1 - 2 ** -24;

/** The shares, in [0, 1), by which {@link drawTokens} draws from a seed, token after token. */
export function drawSequence(seed: number, tokens: number): Float32Array {
  const random = mulberry32(seed);
  return Float32Array.from({ length: tokens }, () => Math.min(random(), LAST_BEFORE_ONE));
}

/** Tommy Ettinger's mulberry32: small, fast, and good enough for drawing tokens. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
