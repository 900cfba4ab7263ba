import { assertImageSize, type ImageSize } from './rgb-image.ts';

/**
 * The size whose shorter side is `shortestEdge` pixels long, and whose longer
 * one keeps the proportions, rounded down as transformers does.
 *
 * @throws RangeError for a size without pixels
 */
export function sizeWithShortestEdge(
  { width, height }: ImageSize,
  shortestEdge: number,
): ImageSize {
  assertImageSize({ width, height });
  return width <= height
    ? { width: shortestEdge, height: Math.floor((shortestEdge * height) / width) }
    : { width: Math.floor((shortestEdge * width) / height), height: shortestEdge };
}
