import { describe, expect, it } from '@jest/globals';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  ELEMENT,
  intAttribute,
  intsAttribute,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxTensor,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  floatField,
  lengthDelimitedField,
  varintField,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { constantsOf } from '../../../../../gpu-container/src/onnx/rewrite/constants.ts';
import { modelOf, weight, weightBeside } from '../graph/run-model.ts';

const OPSET = 13;

/** The constants of a graph as it is when it was just written, and after it was in a file. */
function constantsEachWay(
  write: (g: ReturnType<typeof graphBuilder>) => string,
  initializers: readonly OnnxTensor[] = [],
) {
  const g = graphBuilder('g/', OPSET);
  const value = write(g);
  const model = modelOf({ nodes: g.nodes, initializers: [...g.initializers, ...initializers] });
  return [model, readModel(writeModel(model))].map(({ graph }) => {
    const { scalar, lastIntegers } = constantsOf(graph);
    return { scalar: scalar(value), integers: lastIntegers(value) };
  });
}

describe('constantsOf', () => {
  it.each<[string, OnnxTensor, number]>([
    ['bytes', weight('w', ELEMENT.float32, Float32Array.of(0.25), []), 0.25],
    [
      'half precision',
      weight('w', ELEMENT.float16, new Uint16Array(Float16Array.of(-1.5).buffer), [1]),
      -1.5,
    ],
    [
      'a field of floats',
      { name: 'w', rest: [varintField(2, ELEMENT.float32), floatField(4, 0.5)] },
      0.5,
    ],
    [
      'the bits of a half',
      { name: 'w', rest: [varintField(2, ELEMENT.float16), varintField(5, 0x3800)] },
      0.5,
    ],
  ])('tells the one float of a weight that is %s', (_, tensor, expected) => {
    for (const { scalar } of constantsEachWay(() => 'w', [tensor])) {
      expect(scalar).toBe(expected);
    }
  });

  it('tells that of a Constant', () => {
    for (const { scalar } of constantsEachWay((g) => g.float32(0.125))) {
      expect(scalar).toBe(0.125);
    }
  });

  it.each<[string, OnnxTensor]>([
    ['several', weight('w', ELEMENT.float32, Float32Array.of(1, 2), [2])],
    ['a whole number', weight('w', ELEMENT.int32, Int32Array.of(3), [])],
    ['what is in another file', weightBeside('w', ELEMENT.float32, [])],
  ])('knows no one float of %s', (_, tensor) => {
    expect(constantsEachWay(() => 'w', [tensor])[0]!.scalar).toBeUndefined();
  });

  it('puts whole numbers together from constants, up to what only the run tells', () => {
    const shape = (g: ReturnType<typeof graphBuilder>) => {
      const inner = g.concat([g.shape('x'), g.int64s(5, -1)], 0);
      return g.concat([g.int64s(7), inner, g.op('Unsqueeze', [g.int64(12), g.int64s(0)])], 0);
    };
    for (const { integers } of constantsEachWay(shape)) {
      expect(integers).toEqual([5, -1, 12]);
    }
    for (const { integers } of constantsEachWay((g) => g.concat([shape(g), g.shape('x')], 0))) {
      expect(integers).toEqual([]);
    }
  });

  it('reads whole numbers in every form that they are written in', () => {
    const field = { name: 'w', rest: [varintField(2, ELEMENT.int64), varintField(7, -1)] };
    const packed = {
      name: 'w',
      rest: [varintField(2, ELEMENT.int64), lengthDelimitedField(7, Uint8Array.of(3, 4))],
    };
    expect(constantsEachWay(() => 'w', [field])[1]!.integers).toEqual([-1]);
    expect(constantsEachWay(() => 'w', [packed])[1]!.integers).toEqual([3, 4]);
    const one = constantsEachWay((g) => g.op('Constant', [], intAttribute('value_int', -4)));
    const many = constantsEachWay((g) => g.op('Constant', [], intsAttribute('value_ints', [1, 2])));
    expect([one[1]!.integers, many[1]!.integers]).toEqual([[-4], [1, 2]]);
  });

  it('knows no whole numbers of floats', () => {
    expect(constantsEachWay((g) => g.float32(2))[0]!.integers).toEqual([]);
  });
});
