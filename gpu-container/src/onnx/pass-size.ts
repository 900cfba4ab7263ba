/**
 * Items of a pass on a GPU. A convolution or matrix product of a shape that it has not
 * met yet is searched for its fastest kernel, and memory is taken anew; so passes are of a
 * few sizes only, and what is left over is filled up to the next of them.
 */
export const PASS_SIZES = [1, 8, 32, 128] as const;

/** What a card of 16 GB has left beside a large recogniser. */
const ASSUMED_FREE_BYTES = 4 * 2 ** 30;

/** What a pass may take of the memory that is free: other models and requests take from it too. */
const PASS_SHARE = 0.5;

/**
 * What passes are like: of as many items as there are, or of a size and a shape that the
 * device has met already where that can be had.
 */
export type Passes = 'as-they-come' | 'filled';

/** What suits a device. */
export function passesFor(device: 'cpu' | 'cuda'): Passes {
  return device === 'cuda' ? 'filled' : 'as-they-come';
}

export type PassLimits = {
  /** Device memory that an item takes at the layer where it takes most. */
  readonly bytesPerItem: number;
  /** Device memory that is free once the model is loaded; 4 GiB where nobody measured it. */
  readonly freeBytes?: number | undefined;
  /** Items from which on more of them are no faster for each. Default: no limit. */
  readonly most?: number;
};

/** How many items a pass may have: one of {@link PASS_SIZES}, 1 where not even that seems to fit. */
export function itemsPerPass({
  bytesPerItem,
  freeBytes = ASSUMED_FREE_BYTES,
  most = Number.POSITIVE_INFINITY,
}: PassLimits): number {
  const fitting = Math.min(most, (freeBytes * PASS_SHARE) / bytesPerItem);
  return PASS_SIZES.findLast((size) => size <= fitting) ?? PASS_SIZES[0];
}

/** The size that a pass is filled up to; many items are a multiple of the largest. */
export function filledPass(count: number): number {
  const largest = PASS_SIZES.at(-1)!;
  return PASS_SIZES.find((size) => size >= count) ?? Math.ceil(count / largest) * largest;
}

/** Rows of one length, with zeros after them up to that many; the rows themselves where they are as many. */
export function fillRows<Rows extends Float32Array | Uint8Array>(
  rows: Rows,
  count: number,
  filled: number,
): Rows {
  if (filled === count) {
    return rows;
  }
  const length = (rows.length / count) * filled;
  const filledUp = rows instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
  filledUp.set(rows);
  return filledUp as Rows;
}
