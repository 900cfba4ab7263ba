/** All ways to give every row a column of its own, or none. */
export function* everyPairing(
  rows: number,
  columns: number,
  taken: readonly (number | undefined)[] = [],
): Generator<readonly (number | undefined)[]> {
  if (taken.length === rows) {
    yield taken;
    return;
  }
  yield* everyPairing(rows, columns, [...taken, undefined]);
  for (let column = 0; column < columns; column++) {
    if (!taken.includes(column)) {
      yield* everyPairing(rows, columns, [...taken, column]);
    }
  }
}

/** What the best of all pairings gains, by trying them. */
export function bestTotal(gains: readonly (readonly number[])[]): number {
  let best = 0;
  for (const pairing of everyPairing(gains.length, gains[0]?.length ?? 0)) {
    best = Math.max(best, totalOf(gains, pairing));
  }
  return best;
}

export function totalOf(
  gains: readonly (readonly number[])[],
  pairing: readonly (number | undefined)[],
): number {
  return pairing.reduce<number>(
    (sum, column, row) => sum + (column === undefined ? 0 : gains[row]![column]!),
    0,
  );
}
