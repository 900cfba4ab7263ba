import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const BYTES_PER_SECOND = 16_000 * Float32Array.BYTES_PER_ELEMENT;

/**
 * Writes a recording of so many seconds from clips, one after another and again
 * from the first, the last one cut. Clips and recording are raw 32-bit samples at
 * 16 kHz; nothing is held in memory.
 *
 * @throws Error where there is nothing to loop
 */
export async function writeLoop(
  clips: readonly string[],
  seconds: number,
  path: string,
): Promise<void> {
  const sizes = await Promise.all(clips.map(async (clip) => (await stat(clip)).size));
  if (sizes.every((size) => size === 0)) {
    throw new Error('there are no clips to make a recording from');
  }
  let left = Math.round(seconds * 16_000) * Float32Array.BYTES_PER_ELEMENT;
  await pipeline(async function* () {
    for (let turn = 0; left > 0; turn++) {
      const clip = clips[turn % clips.length]!;
      const bytes = Math.min(sizes[turn % clips.length]!, left);
      if (bytes > 0) {
        yield* createReadStream(clip, { end: bytes - 1 });
        left -= bytes;
      }
    }
  }, createWriteStream(path));
}

/** The length of a file of samples. */
export async function pcmSeconds(path: string): Promise<number> {
  return (await stat(path)).size / BYTES_PER_SECOND;
}
