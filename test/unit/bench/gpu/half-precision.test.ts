import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { inHalfPrecision } from '../../../../bench/gpu/half-precision.ts';
import { readModel, writeModel } from '../../../../gpu-container/src/onnx/graph/model-file.ts';
import { networkWriter } from '../../../../gpu-container/src/onnx/graph/network-writer.ts';
import { openSession } from '../../../../gpu-container/src/onnx/session.ts';

describe('a network in half precision', () => {
  it('computes with rounded weights, between inputs and outputs in single precision', async () => {
    const network = networkWriter('product');
    const weight = network.weight(Float32Array.of(1 / 3, 2), 2);
    const value = network.operator('Mul', ['x', weight]);
    const shape = [2];
    const model = readModel(network.write({ x: shape }, [{ name: 'y', value, shape }]));

    const half = writeModel(inHalfPrecision(model));
    const session = await openSession('product.onnx', {}, half);
    const x = new Tensor('float32', Float32Array.of(3, 5), shape);
    const { y } = await session.run({ x }, ['y']);
    await session.dispose();

    expect(y.type).toBe('float32');
    // The nearest number of eleven bits to 1/3 is 1365/4096, and thrice that has as many.
    expect([...(y.data as Float32Array)]).toEqual([4095 / 4096, 10]);
  });
});
