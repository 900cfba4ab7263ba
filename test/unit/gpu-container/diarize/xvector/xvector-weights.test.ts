import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readXvectorWeights } from '../../../../../gpu-container/src/diarize/xvector/xvector-weights.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { readOrtWeights } from '../../../../../gpu-container/src/onnx/graph/ort-weights.ts';

describe('the weights of pyannote/embedding', () => {
  let file: Uint8Array;
  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('pyannote-embedding');
    file = await readFile(files.file('model.ort'));
  });

  it('are as many as its layers take', () => {
    const { sincnet, tdnns } = readXvectorWeights(file);

    for (const { convolution, norm } of [...sincnet, ...tdnns]) {
      const { outputs, inputs, taps, weight, bias } = convolution;
      expect(weight).toHaveLength(outputs * inputs * taps);
      expect(bias?.length ?? outputs).toBe(outputs);
      expect([norm.scale.length, norm.shift.length]).toEqual([outputs, outputs]);
    }
    const layers = [...sincnet, ...tdnns];
    for (const [index, { convolution }] of layers.entries()) {
      expect(convolution.inputs).toBe(layers[index - 1]?.convolution.outputs ?? 1);
    }
  });

  it('have batch normalisations as what they amount to', () => {
    const raw = readOrtWeights(file);
    const numbers = (name: string) => raw.get(`tdnns.5.${name}`)!.values;
    const { scale, shift } = readXvectorWeights(file).tdnns[1]!.norm;
    const input = 0.7;
    for (const channel of [0, 100, 511]) {
      const normalised =
        (input - numbers('running_mean')[channel]!) /
        Math.sqrt(numbers('running_var')[channel]! + 1e-5);
      expect(input * scale[channel]! + shift[channel]!).toBeCloseTo(
        normalised * numbers('weight')[channel]! + numbers('bias')[channel]!,
        4,
      );
    }
  });

  it('begin with filters that are symmetric, as those of a SincNet are', () => {
    const { outputs, taps, weight } = readXvectorWeights(file).sincnet[0]!.convolution;
    const filters = Array.from({ length: outputs }, (_, filter) =>
      weight.subarray(filter * taps, (filter + 1) * taps),
    );
    // Half are cosines, half are sines in a band.
    const parities = filters.map((filter) => {
      const even = filter.every((value, tap) => Math.abs(value - filter[taps - 1 - tap]!) < 1e-4);
      const odd = filter.every((value, tap) => Math.abs(value + filter[taps - 1 - tap]!) < 1e-4);
      return even ? 'even' : odd ? 'odd' : 'neither';
    });
    expect(new Set(parities)).toEqual(new Set(['even', 'odd']));
  });

  it('are not looked for in another file', async () => {
    const silero = await modelStoreFromEnvironment().pull('silero-vad');
    const other = await readFile(silero.file('silero_vad.onnx'));
    expect(() => readXvectorWeights(other)).toThrow(RangeError);
    // Half of it still begins as the model does.
    expect(() => readXvectorWeights(file.subarray(0, file.length / 2))).toThrow(RangeError);
  });
});
