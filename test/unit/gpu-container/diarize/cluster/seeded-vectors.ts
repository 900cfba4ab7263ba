/** Pseudo-random numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function unit(...values: number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

/** A direction in the plane. */
export function atDegrees(degrees: number): Float32Array {
  return unit(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
}

/** Unit vectors around `centres` random directions, in turn. */
export function scatteredVectors(options: {
  seed: number;
  count: number;
  centres: number;
  dims: number;
  spread: number;
}): Float32Array[] {
  const random = seededRandom(options.seed);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const vector = () => Array.from({ length: options.dims }, gaussian);
  const centres = Array.from({ length: options.centres }, () => unit(...vector()));
  return Array.from({ length: options.count }, (_, index) => {
    const centre = centres[index % options.centres]!;
    const noise = vector();
    return unit(...noise.map((value, dim) => centre[dim]! + options.spread * value));
  });
}
