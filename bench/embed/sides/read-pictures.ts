import { readFile } from 'node:fs/promises';
import type { RgbImage } from '../../../gpu-container/src/embed/image/rgb-image.ts';
import type { PictureFile } from './messages.ts';

const CHANNELS = 3;

/** The pictures of a file; they share its memory. */
export async function readPictures({
  path,
  width,
  height,
  count,
}: PictureFile): Promise<RgbImage[]> {
  const bytes = await readFile(path);
  const length = width * height * CHANNELS;
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    data: bytes.subarray(index * length, (index + 1) * length),
  }));
}
