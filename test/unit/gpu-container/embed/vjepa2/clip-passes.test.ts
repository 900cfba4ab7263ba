import { describe, expect, it } from '@jest/globals';
import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import {
  type Clip,
  clipsPerPass,
  encodeClips,
} from '../../../../../gpu-container/src/embed/vjepa2/clip-passes.ts';
import type { Vjepa2 } from '../../../../../gpu-container/src/embed/vjepa2/vjepa2.ts';

const GIB = 2 ** 30;

describe('clipsPerPass', () => {
  it.each([
    [64, 1],
    [16, 8],
    [4, 32],
    [2, 32],
  ])('gives a large GPU clips of %i frames %i at a time', (frames, clips) => {
    expect(clipsPerPass(frames, 100 * GIB)).toBe(clips);
  });

  it('gives a small one fewer', () => {
    expect(clipsPerPass(16, GIB)).toBe(1);
    expect(clipsPerPass(16)).toBe(8);
  });
});

/** A clip that is known by the level of its first pixel. */
function clipOf(level: number, frames: number, wantsTokens = false): Clip {
  const crop: RgbImage = { width: 1, height: 1, data: Uint8Array.of(level, 0, 0) };
  return { crops: Array<RgbImage>(frames).fill(crop), wantsTokens };
}

/** Says of every slice the level of the clip, and remembers what came together. */
function levelEncoder(takesSeveral: boolean) {
  const passes: (number | number[])[] = [];
  const encoder: Vjepa2<Uint8Array> = {
    pixelsOf: (crops) => Uint8Array.from(crops, ({ data }) => data[0]!),
    encode: async (pixels) => {
      passes.push(pixels[0]!);
      const data = Float32Array.from({ length: pixels.length }, () => pixels[0]!);
      return { slices: pixels.length / 2, tokensPerSlice: 2, dims: 1, data };
    },
    ...(takesSeveral && {
      encodeSlices: async (clips: readonly Uint8Array[]) => {
        passes.push(clips.map(([level]) => level!));
        return clips.map((clip) =>
          Array.from({ length: clip.length / 2 }, () => Float32Array.of(clip[0]!)),
        );
      },
    }),
    dispose: async () => {},
  };
  return { encoder, passes };
}

describe('encodeClips', () => {
  it('puts clips of one length into a pass, and gives each its own', async () => {
    const { encoder, passes } = levelEncoder(true);
    const clips = [clipOf(1, 2), clipOf(2, 4), clipOf(3, 2), clipOf(4, 4)];
    const encoded = await encodeClips(encoder, clips, GIB);
    expect(passes).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(encoded.map(({ slices }) => slices.map(([level]) => level))).toEqual([
      [1],
      [2, 2],
      [3],
      [4, 4],
    ]);
  });

  it('makes several passes of more clips than a GPU has room for', async () => {
    const { encoder, passes } = levelEncoder(true);
    const clips = Array.from({ length: 10 }, (_, level) => clipOf(level, 16));
    const encoded = await encodeClips(encoder, clips, 4 * GIB);
    expect(passes).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9],
    ]);
    expect(encoded.map(({ slices }) => slices[0]![0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('encodes a clip by itself whose tokens are wanted, and gives no others', async () => {
    const { encoder, passes } = levelEncoder(true);
    const encoded = await encodeClips(encoder, [clipOf(1, 2), clipOf(2, 2, true), clipOf(3, 2)]);
    expect(passes).toEqual([[1, 3], 2]);
    expect(encoded.map(({ tokens }) => tokens?.data)).toEqual([
      undefined,
      Float32Array.of(2, 2),
      undefined,
    ]);
    expect(encoded[1]!.slices).toEqual([Float32Array.of(2)]);
  });

  it('encodes one clip after the other where the encoder takes no more', async () => {
    const { encoder, passes } = levelEncoder(false);
    const encoded = await encodeClips(encoder, [clipOf(5, 4), clipOf(6, 2)]);
    expect(passes).toEqual([5, 6]);
    expect(encoded.map(({ slices }) => slices)).toEqual([
      [Float32Array.of(5), Float32Array.of(5)],
      [Float32Array.of(6)],
    ]);
  });
});
