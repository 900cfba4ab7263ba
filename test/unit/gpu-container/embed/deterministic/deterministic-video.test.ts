import { describe, expect, it } from '@jest/globals';
import { openDeterministicVideo } from '../../../../../gpu-container/src/embed/deterministic/deterministic-video.ts';
import { hashedVector } from '../../../../../gpu-container/src/embed/deterministic/hashed-vector.ts';
import { cosineSimilarity } from '../../../../../gpu-container/src/vector/similarity.ts';
import { inTurn, plainFrame } from '../video/frames.ts';

const PLAIN = { granularity: 'frame', augmentation: 'none' } as const;

describe('the deterministic embedder', () => {
  const embedder = openDeterministicVideo();

  it('has the vectors that another implementation of its generator has', async () => {
    const { rows } = await embedder.embed(inTurn([plainFrame(0, 128)]), PLAIN);
    const [text] = await embedder.embedTexts!(['grüß dich']);
    expect([...rows[0]!.subarray(0, 4)]).toEqual([
      -0.011490624397993088, 0.002828521654009819, -0.047449201345443726, 0.05403535068035126,
    ]);
    expect([...text!.subarray(0, 4)]).toEqual([
      0.050686225295066833, -0.04280254617333412, -0.007599093019962311, -0.05994438752532005,
    ]);
  });

  it('gives each frame its own vector of unit length', async () => {
    const frames = [plainFrame(0, 10), plainFrame(1, 11), plainFrame(2.5, 10)];
    const { rows, spans, frameTimes } = await embedder.embed(inTurn(frames), PLAIN);
    expect(rows[0]).toEqual(rows[2]);
    expect(Math.abs(cosineSimilarity(rows[0]!, rows[1]!))).toBeLessThan(0.3);
    expect(frameTimes).toEqual([0, 1, 2.5]);
    expect(spans[2]).toEqual({ start: 2.5, end: 2.5 });
    for (const row of rows) {
      expect(row).toHaveLength(embedder.dims);
      expect(Math.hypot(...row)).toBeCloseTo(1, 6);
    }
  });

  it('does not take a text for the frame of the same bytes', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const likeness = cosineSimilarity(
      hashedVector('frame', bytes, 512),
      hashedVector('text', bytes, 512),
    );
    expect(Math.abs(likeness)).toBeLessThan(0.3);
  });

  it('refuses no frames, and what it does not have', async () => {
    const frames = () => inTurn([plainFrame(0, 1)]);
    await expect(embedder.embed(inTurn([]), PLAIN)).rejects.toThrow(RangeError);
    await expect(embedder.embed(frames(), { ...PLAIN, granularity: 'slice' })).rejects.toThrow(
      RangeError,
    );
    await expect(embedder.embed(frames(), { ...PLAIN, augmentation: 'flip' })).rejects.toThrow(
      RangeError,
    );
  });
});

describe('hashedVector', () => {
  it('spreads its numbers evenly around 0', () => {
    const vector = hashedVector('spread', Uint8Array.of(), 4_096);
    const bound = Math.max(...vector.map(Math.abs));
    const quarters = [0, 0, 0, 0];
    for (const value of vector) {
      quarters[Math.min(3, Math.floor(((value / bound + 1) / 2) * 4))]! += 1;
    }
    for (const count of quarters) {
      expect(Math.abs(count - 1_024)).toBeLessThan(150);
    }
  });
});
