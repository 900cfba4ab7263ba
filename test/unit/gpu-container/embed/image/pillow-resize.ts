import type { ResamplingFilter } from '../../../../../gpu-container/src/embed/image/resampling-filter.ts';
import type {
  ImageSize,
  RgbImage,
} from '../../../../../gpu-container/src/embed/image/rgb-image.ts';

const ONE = 2 ** 22;

/**
 * Pillow's resize as its definition says, a pixel at a time: rows, then columns,
 * each sum rounded to 8 bits. Slow, and without any part of what it checks but the
 * filter's kernel.
 */
export function pillowResize(image: RgbImage, size: ImageSize, filter: ResamplingFilter): RgbImage {
  const { width, height } = size;
  const row = (y: number, channel: number) => (x: number) =>
    image.data[(y * image.width + x) * 3 + channel]!;
  const narrowed = (y: number, channel: number) =>
    Array.from({ length: width }, (_, x) =>
      levelAt(row(y, channel), image.width, width, x, filter),
    );
  const rows = [0, 1, 2].map((channel) =>
    Array.from({ length: image.height }, (_, y) => narrowed(y, channel)),
  );
  const data = Uint8Array.from({ length: width * height * 3 }, (_, byte) => {
    const x = Math.floor(byte / 3) % width;
    const y = Math.floor(byte / 3 / width);
    const column = (at: number) => rows[byte % 3]![at]![x]!;
    return levelAt(column, image.height, height, y, filter);
  });
  return { width, height, data };
}

/** The level at `place` of a line of `from` levels that is brought to `to`. */
function levelAt(
  level: (at: number) => number,
  from: number,
  to: number,
  place: number,
  { support, weight }: ResamplingFilter,
): number {
  const scale = from / to;
  const widening = Math.max(1, scale);
  const centre = (place + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - support * widening + 0.5));
  const end = Math.min(from, Math.trunc(centre + support * widening + 0.5));
  const places = Array.from({ length: end - first }, (_, tap) => first + tap);
  const shares = places.map((at) => weight((at - centre + 0.5) * (1 / widening)));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  const sum = places.reduce((total, at, tap) => {
    const share = (shares[tap]! / whole) * ONE;
    return total + level(at) * Math.trunc(share + Math.sign(share) * 0.5);
  }, 0);
  return Math.min(255, Math.max(0, Math.floor((sum + ONE / 2) / ONE)));
}
