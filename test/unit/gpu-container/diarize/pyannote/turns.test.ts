import { describe, expect, it } from '@jest/globals';
import { turnsOf } from '../../../../../gpu-container/src/diarize/pyannote/turns.ts';

const middle = (frame: number) => (495 + 270 * frame) / 16_000;
const turn = (start: number, end: number, speaker: number) => ({ start, end, speaker });

describe('turns of frames', () => {
  it('go from the middle of the first frame to that of the first silent one', () => {
    expect(turnsOf([Uint8Array.of(0, 1, 1, 0, 0, 1)], 100)).toEqual([
      turn(middle(1), middle(3), 0),
      turn(middle(5), middle(6), 0),
    ]);
  });

  it('may overlap, and come by their start', () => {
    const activity = [Uint8Array.of(0, 0, 1, 1), Uint8Array.of(1, 1, 1, 0)];
    expect(turnsOf(activity, 100)).toEqual([
      turn(middle(0), middle(3), 1),
      turn(middle(2), middle(4), 0),
    ]);
  });

  it('end with the recording', () => {
    expect(turnsOf([new Uint8Array(589).fill(1)], 5)).toEqual([turn(middle(0), 5, 0)]);
    expect(turnsOf([Uint8Array.of(0, 0, 0, 1)], 0.05)).toEqual([]);
  });
});
