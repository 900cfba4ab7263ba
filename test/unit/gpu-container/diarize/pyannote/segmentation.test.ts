import { describe, expect, it } from '@jest/globals';
import { openSegmentation } from '../../../../../gpu-container/src/diarize/pyannote/segmentation.ts';
import { networkWriter } from '../../../../../gpu-container/src/onnx/graph/network-writer.ts';
import { segmentationModel } from '../../../../environment/diarization-models.ts';
import { openFromBytes } from './generated-models.ts';
import { pilotSignal } from './pilot-signal.ts';

const open = (bytes: Uint8Array) =>
  openFromBytes(bytes, (path) => openSegmentation(path, { threads: 1 }));

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
