import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import {
  frameCount,
  xvectorGraph,
} from '../../../../../gpu-container/src/diarize/xvector/xvector-graph.ts';
import {
  EMBEDDING_DIMS,
  readXvectorWeights,
} from '../../../../../gpu-container/src/diarize/xvector/xvector-weights.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { type OnnxSession, openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { readKennedy } from '../../transcribe/demo-speech.ts';

/** Of the length of an embedding. */
const TOLERANCE = 1e-4;

describe('the graph of pyannote/embedding', () => {
  let session: OnnxSession;
  let speech: Float32Array;
  beforeAll(async () => {
    const path = (await modelStoreFromEnvironment().pull('pyannote-embedding')).file('model.ort');
    const graph = xvectorGraph(readXvectorWeights(await readFile(path)));
    session = await openSession(path, { threads: 1 }, graph);
    speech = (await readKennedy()).subarray(16_000, 48_000);
  });
  afterAll(() => session.dispose());

  const frames = frameCount(32_000);

  /** One embedding for each row of weights, of each waveform. */
  async function embed(
    waveforms: readonly Float32Array[],
    weights: readonly (readonly Float32Array[])[],
  ): Promise<Float32Array[]> {
    const samples = waveforms[0]!.length;
    const shape = [waveforms.length, weights[0]!.length, weights[0]![0]!.length];
    const { embeddings } = await session.run(
      {
        waveform: new Tensor('float32', join(waveforms), [waveforms.length, 1, samples]),
        weights: new Tensor('float32', join(weights.flat()), shape),
      },
      ['embeddings'],
    );
    expect(embeddings.dims).toEqual([...shape.slice(0, 2), EMBEDDING_DIMS]);
    const data = embeddings.data as Float32Array;
    return Array.from({ length: data.length / EMBEDDING_DIMS }, (_, row) =>
      data.slice(row * EMBEDDING_DIMS, (row + 1) * EMBEDDING_DIMS),
    );
  }

  const weightsOf = (weightOf: (frame: number) => number) =>
    Float32Array.from({ length: frames }, (_, frame) => weightOf(frame));

  it.each([4_771, 5_040, 5_041, 16_000, 32_000, 31_999])(
    'has as many frames of %d samples as are counted',
    async (samples) => {
      // With any other number of weights it does not run.
      const weights = new Float32Array(frameCount(samples)).fill(1);
      expect(await embed([speech.subarray(0, samples)], [[weights]])).toHaveLength(1);
    },
  );

  it('has no frames of less than one takes', () => {
    expect(frameCount(4_770)).toBe(0);
    expect(frameCount(0)).toBe(0);
  });

  it('embeds every stretch of every waveform as it would alone', async () => {
    const early = weightsOf((frame) => Number(frame < 60));
    const late = weightsOf((frame) => Number(frame >= 30));
    const reversed = speech.toReversed();
    const together = await embed(
      [speech, reversed],
      [
        [early, late],
        [late, early],
      ],
    );
    const alone = [
      ...(await embed([speech], [[early]])),
      ...(await embed([speech], [[late]])),
      ...(await embed([reversed], [[late]])),
      ...(await embed([reversed], [[early]])),
    ];
    for (const [row, embedding] of alone.entries()) {
      expect(differenceOf(together[row]!, embedding)).toBeLessThan(TOLERANCE);
    }
    expect(differenceOf(together[0]!, together[1]!)).toBeGreaterThan(0.1);
  });

  it('weighs frames against each other, so that their common scale does not matter', async () => {
    const wave = (frame: number) => 0.5 + 0.4 * Math.sin(frame);
    const [ones, halves, waves, small, evens] = await embed(
      [speech],
      [
        [
          weightsOf(() => 1),
          weightsOf(() => 0.5),
          weightsOf(wave),
          weightsOf((frame) => wave(frame) / 3),
          weightsOf((frame) => Number(frame % 2 === 0)),
        ],
      ],
    );
    expect(differenceOf(halves!, ones!)).toBeLessThan(TOLERANCE);
    expect(differenceOf(small!, waves!)).toBeLessThan(TOLERANCE);
    expect(differenceOf(waves!, ones!)).toBeGreaterThan(TOLERANCE);
    expect(differenceOf(evens!, ones!)).toBeGreaterThan(TOLERANCE);
  });

  it('takes the unbiased deviation of what has a weight', async () => {
    const pair = weightsOf((frame) => Number(frame === 40 || frame === 41));
    const first = weightsOf((frame) => (frame === 40 ? 1 : frame === 41 ? 1e-3 : 0));
    const second = weightsOf((frame) => (frame === 41 ? 1 : frame === 40 ? 1e-3 : 0));
    const [both, one, other] = await embed([speech], [[pair, first, second]]);
    // The unbiased deviation of two frames a and b is |a − b| / √2, whatever their weights. An
    // embedding is linear in mean and deviation, so that of both alike is between the other two.
    const middle = one!.map((value, dim) => (value + other![dim]!) / 2);
    expect(differenceOf(both!, middle)).toBeLessThan(1e-3);
    expect(differenceOf(both!, one!)).toBeGreaterThan(1e-2);
  });
});

function differenceOf(one: Float32Array, other: Float32Array): number {
  return Math.hypot(...one.map((value, dim) => value - other[dim]!)) / Math.hypot(...other);
}

function join(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
