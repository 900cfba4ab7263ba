import { describe, expect, it } from '@jest/globals';
import {
  openSegmentation,
  type SegmentationOptions,
} from '../../../../../gpu-container/src/diarize/pyannote/segmentation.ts';
import { networkWriter } from '../../../../../gpu-container/src/onnx/graph/network-writer.ts';
import { segmentationModel } from '../../../../environment/diarization-models.ts';
import { inHalfPrecision } from '../../../../environment/half-precision.ts';
import { openFromBytes } from './generated-models.ts';
import { pilotSignal } from './pilot-signal.ts';

const open = (bytes: Uint8Array, options: SegmentationOptions = {}) =>
  openFromBytes(bytes, (path) => openSegmentation(path, { threads: 1, ...options }));

/** Three chunks, each with a voice of its own. */
function threeVoices(): Float32Array {
  const chunks = new Float32Array(3 * 160_000);
  for (const voice of [0, 1, 2] as const) {
    chunks.set(pilotSignal(10, [{ voice, start: voice, end: 10 }]), voice * 160_000);
  }
  return chunks;
}

describe('the segmentation model', () => {
  it.each([
    ['input_values', 'logits'],
    ['x', 'y'],
  ])('hears who speaks in each chunk through an export with %s and %s', async (input, output) => {
    const segmentation = await open(segmentationModel(input, output));
    const chunks = new Float32Array(2 * 160_000);
    chunks.set(pilotSignal(10, [{ voice: 0, start: 0, end: 5 }]));
    chunks.set(pilotSignal(10, [{ voice: 2, start: 0, end: 10 }]), 160_000);
    const [first, second] = await segmentation.segment(chunks);
    await segmentation.dispose();
    expect(first).toHaveLength(589);
    expect([first![100], first![500], second![100], second![500]]).toEqual([
      0b001, 0, 0b100, 0b100,
    ]);
  });

  it.each([
    ['passes that are filled up', segmentationModel()],
    ['half precision', inHalfPrecision(segmentationModel())],
  ])('hears the same in %s, as on a GPU', async (_, bytes) => {
    const [plain, filled] = [
      await open(segmentationModel()),
      await open(bytes, { passes: 'filled' }),
    ];
    const heard = await filled.segment(threeVoices());
    expect(heard).toHaveLength(3);
    expect(heard).toEqual(await plain.segment(threeVoices()));
    await Promise.all([plain.dispose(), filled.dispose()]);
  });

  it('takes as many chunks at a time as a GPU has room for', async () => {
    const sizes = [2 ** 30, 2 ** 37].map(async (freeBytes) => {
      const filled = await open(segmentationModel(), { passes: 'filled', freeBytes });
      await filled.dispose();
      return filled.chunksPerBatch;
    });
    expect(await Promise.all(sizes)).toEqual([8, 128]);
  });

  it('refuses a model of other classes', async () => {
    const network = networkWriter('other');
    const positive = network.operator('Relu', ['x']);
    const bytes = network.write({ x: ['chunks', 1, 160_000] }, [
      { name: 'y', value: positive, shape: ['chunks', 1, 160_000] },
    ]);
    const segmentation = await open(bytes);
    await expect(segmentation.segment(new Float32Array(160_000))).rejects.toThrow(/classes/);
    await segmentation.dispose();
  });
});
