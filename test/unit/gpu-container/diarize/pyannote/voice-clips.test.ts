import { describe, expect, it } from '@jest/globals';
import { voiceClips } from '../../../../../gpu-container/src/diarize/pyannote/voice-clips.ts';

const CHUNK = Float32Array.from({ length: 4000 }, (_, n) => n);
/** Samples of a frame, and where the first one begins: half a frame before the middle of what it sees. */
const [STEP, START] = [270, 360];

describe('the clips of a chunk', () => {
  it('have what each speaker says alone, in one piece', () => {
    const activity = Uint8Array.of(1, 1, 3, 2, 0, 1);
    const [first, second, ...others] = voiceClips(CHUNK, activity, 100);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ speaker: 0 });
    expect(second).toMatchObject({ speaker: 1 });
    expect(first!.samples).toHaveLength(3 * STEP);
    expect(first!.samples[0]).toBe(START);
    expect(first!.samples[2 * STEP - 1]).toBe(START + 2 * STEP - 1);
    expect(first!.samples[2 * STEP]).toBe(START + 5 * STEP);
    expect([...second!.samples]).toEqual([...CHUNK.subarray(START + 3 * STEP, START + 4 * STEP)]);
  });

  it('have all that speakers say who are hardly ever alone', () => {
    const activity = Uint8Array.of(3, 3, 3, 2);
    const [first, second] = voiceClips(CHUNK, activity, STEP + 1);
    expect(first!.samples).toHaveLength(3 * STEP);
    expect(second!.samples).toHaveLength(4 * STEP);
    expect(voiceClips(CHUNK, activity, STEP)[1]!.samples).toHaveLength(STEP);
  });

  it('are none of a silent chunk', () => {
    expect(voiceClips(CHUNK, new Uint8Array(10), 100)).toEqual([]);
  });
});
