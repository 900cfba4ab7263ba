import { describe, expect, it } from '@jest/globals';
import { slicePatches } from '../../../../../gpu-container/src/embed/qwen3-vl/patches.ts';
import { noisePicture } from './pictures.ts';

describe('the patches of a slice', () => {
  it('are in the order of a naive walk through tokens, patches, colours, frames and pixels', () => {
    const slice = [noisePicture(96, 64, 1), noisePicture(96, 64, 2)] as const;
    const expected: number[] = [];
    for (let tokenRow = 0; tokenRow < 2; tokenRow++) {
      for (let tokenColumn = 0; tokenColumn < 3; tokenColumn++) {
        for (let down = 0; down < 2; down++) {
          for (let across = 0; across < 2; across++) {
            for (let colour = 0; colour < 3; colour++) {
              for (const { data } of slice) {
                for (let y = 0; y < 16; y++) {
                  for (let x = 0; x < 16; x++) {
                    const row = (tokenRow * 2 + down) * 16 + y;
                    const column = (tokenColumn * 2 + across) * 16 + x;
                    expected.push(data[(row * 96 + column) * 3 + colour]! / 127.5 - 1);
                  }
                }
              }
            }
          }
        }
      }
    }
    const patches = slicePatches(slice);
    expect(patches).toHaveLength(24 * 1_536);
    const largest = patches.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - expected[index]!)),
      0,
    );
    expect(largest).toBeLessThan(1e-6);
  });

  it('run from -1 for black to 1 for white', () => {
    const of = (level: number) => ({
      width: 32,
      height: 32,
      data: new Uint8Array(32 * 32 * 3).fill(level),
    });
    const patches = slicePatches([of(0), of(255)]);
    expect([...new Set(patches)].sort((a, b) => a - b)).toEqual([-1, 1]);
  });

  it('are refused where the frames differ in size or are not whole tokens', () => {
    expect(() => slicePatches([noisePicture(32, 32, 1), noisePicture(32, 64, 1)])).toThrow(
      RangeError,
    );
    expect(() => slicePatches([noisePicture(48, 32, 1), noisePicture(48, 32, 1)])).toThrow(
      RangeError,
    );
  });
});
