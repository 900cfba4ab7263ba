/** Numbers that look random and are the same for the same seed. */
export type Random = {
  /** From `from` up to, and without, `to`. */
  uniform(from: number, to: number): number;
  /** Of mean 0 and standard deviation 1. */
  normal(): number;
  /** An index, as often as its weight says; weights are not below 0, and not all 0. */
  weighted(weights: readonly number[]): number;
  /** The items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
};

/** @param seed a whole number */
export function createRandom(seed: number): Random {
  const next = mulberry32(seed);
  const uniform = (from: number, to: number) => from + next() * (to - from);
  return {
    uniform,
    // Box and Muller, "A note on the generation of random normal deviates", 1958.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    weighted(weights) {
      let left = uniform(
        0,
        weights.reduce((sum, weight) => sum + weight, 0),
      );
      const chosen = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      // Rounding may leave nothing below zero.
      return chosen === -1 ? weights.findLastIndex((weight) => weight > 0) : chosen;
    },
    shuffled: (items) =>
      items
        .map((item) => ({ item, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
  };
}

/** Tommy Ettinger's generator of 32 bits of state, from 0 up to and without 1. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
