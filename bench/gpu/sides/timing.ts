/** Before anything is timed; the product looks closely at a model's first runs on a GPU. */
const WARM_UPS = 2;

/** Seconds that something takes: the median of so many runs, after others that are not timed. */
export async function medianSeconds(rounds: number, work: () => Promise<unknown>): Promise<number> {
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) {
    await work();
  }
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!;
}
