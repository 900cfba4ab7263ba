/** An image of 8-bit RGB pixels: rows from the top, pixels from the left, three bytes each. */
export type RgbImage = {
  readonly width: number;
  readonly height: number;
  /** width · height · 3 bytes */
  readonly data: Uint8Array;
};

export type ImageSize = { readonly width: number; readonly height: number };

/** Bytes of a pixel: red, green, blue. */
export const CHANNELS = 3;

/** @throws RangeError for an image without pixels, or whose bytes are not width · height pixels */
export function assertRgbImage({ width, height, data }: RgbImage): void {
  if (!isPixelCount(width) || !isPixelCount(height) || data.length !== width * height * CHANNELS) {
    throw new RangeError(`${data.length} bytes are no RGB image of ${width} by ${height} pixels`);
  }
}

/** @throws RangeError for a size without pixels */
export function assertImageSize({ width, height }: ImageSize): void {
  if (!isPixelCount(width) || !isPixelCount(height)) {
    throw new RangeError(`An image has at least one pixel a side, not ${width} by ${height}`);
  }
}

function isPixelCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
