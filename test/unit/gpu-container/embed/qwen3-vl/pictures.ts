import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import type { Frame } from '../../../../../gpu-container/src/embed/video/video-embedder.ts';

/** A picture of noise, the same for the same seed. */
export function noisePicture(width: number, height: number, seed: number): RgbImage {
  let state = seed;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

/** A frame of a size that the model looks at as it is: 10 by 14 tokens. */
export function exactFrame(seed: number, time: number): Frame {
  return { ...noisePicture(448, 320, seed), time };
}

export async function* framesOf(...frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}
