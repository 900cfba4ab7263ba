/**
 * Replaces each value of a row by the median of the `width` values around it,
 * the row mirrored at its ends. A row no longer than half the width stays as it is.
 *
 * @param width odd
 */
export function medianFilter(row: Float32Array, width: number): Float32Array {
  const half = (width - 1) / 2;
  const { length } = row;
  if (length <= half) {
    return row;
  }
  const mirrored = (index: number) => {
    const reflected = Math.abs(index);
    return row[reflected < length ? reflected : 2 * (length - 1) - reflected]!;
  };
  const filtered = new Float32Array(length);
  // The window stays sorted while it slides: one value leaves, one is put in its place.
  const sorted = new Float32Array(width);
  for (let offset = -half; offset <= half; offset++) {
    sorted[offset + half] = mirrored(offset);
  }
  sorted.sort();
  filtered[0] = sorted[half]!;
  for (let i = 1; i < length; i++) {
    replaceSorted(sorted, mirrored(i - half - 1), mirrored(i + half));
    filtered[i] = sorted[half]!;
  }
  return filtered;
}

/** Takes one value out of a sorted array and puts another in, keeping the order. */
function replaceSorted(sorted: Float32Array, removed: number, added: number): void {
  let at = sorted.indexOf(removed);
  while (at > 0 && sorted[at - 1]! > added) {
    sorted[at] = sorted[at - 1]!;
    at--;
  }
  while (at < sorted.length - 1 && sorted[at + 1]! < added) {
    sorted[at] = sorted[at + 1]!;
    at++;
  }
  sorted[at] = added;
}
