const { exp, log } = Math;

// A token this far below the best adds less than 1e-11 of its share; all of a vocabulary, less than 1e-6.
export const NEGLIGIBLE_LOG = 25;

/** log Σ exp(logits[i]) from an index on, −∞ where nothing is allowed. */
export function logSumExp(logits: Float32Array, from = 0): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < logits.length; i++) {
    if (logits[i]! > max) {
      max = logits[i]!;
    }
  }
  if (max === Number.NEGATIVE_INFINITY) {
    return max;
  }
  const negligible = max - NEGLIGIBLE_LOG;
  let sum = 0;
  for (let i = from; i < logits.length; i++) {
    const logit = logits[i]!;
    if (logit > negligible) {
      sum += exp(logit - max);
    }
  }
  return max + log(sum);
}

/** Index of the largest value in [from, to); the first of equals. */
export function argMax(values: Float32Array, from = 0, to = values.length): number {
  let best = from;
  for (let i = from + 1; i < to; i++) {
    if (values[i]! > values[best]!) {
      best = i;
    }
  }
  return best;
}

/** Indices of the `count` largest values that are not −∞, largest first; of equals the first first. */
export function topIndices(values: Float32Array, count: number): number[] {
  const top: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > least) {
      const at = top.findIndex((index) => values[index]! < value);
      top.splice(at === -1 ? top.length : at, 0, i);
      if (top.length > count) {
        top.pop();
      }
      least = top.length < count ? Number.NEGATIVE_INFINITY : values[top.at(-1)!]!;
    }
  }
  return top;
}
