import { describe, expect, it } from '@jest/globals';
import {
  ELEMENT,
  elementTypeOf,
  floatAttribute,
  intAttribute,
  intsAttribute,
  intsOf,
  tensorAttribute,
  tensorValue,
} from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxAttribute,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  readMessage,
  writeMessage,
} from '../../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { floats, modelOf, runModel } from './run-model.ts';

describe('the whole numbers of an attribute', () => {
  it.each([
    ['one', intAttribute('axis', -1), [-1]],
    ['a list', intsAttribute('perm', [0, 2, 1, 3]), [0, 2, 1, 3]],
    ['a list of negative ones', intsAttribute('axes', [-1, -(2 ** 40)]), [-1, -(2 ** 40)]],
    ['none of a float', floatAttribute('alpha', 2), []],
    ['none of a tensor', tensorAttribute('value', ELEMENT.int64, BigInt64Array.of(5n), [1]), []],
  ])('are %s', (_, attribute, numbers) => {
    expect(intsOf(asRead(attribute))).toEqual(numbers);
  });

  it('are read from a packed list', () => {
    const packed = lengthDelimitedField(8, Uint8Array.of(0, 2, 0x80, 0x01));
    expect(intsOf({ name: 'perm', rest: [packed] })).toEqual([0, 2, 128]);
  });
});

it('a float attribute is what the operator reads', async () => {
  const model = modelOf({
    nodes: [
      {
        opType: 'LeakyRelu',
        inputs: ['x'],
        outputs: ['y'],
        attributes: [floatAttribute('alpha', -0.375)],
        rest: [],
      },
    ],
    inputs: [tensorValue('x', ELEMENT.float32, [2])],
    outputs: [tensorValue('y', ELEMENT.float32, [2])],
  });
  expect(await runModel(model, { x: floats([-8, 3], [2]) })).toEqual([3, 3]);
});

it('the input of a model read tells its element type', () => {
  const inputs = [tensorValue('x', ELEMENT.float16, ['batch', 3])];
  const { graph } = readModel(writeModel(modelOf({ inputs })));

  expect(graph.inputs.map(elementTypeOf)).toEqual([ELEMENT.float16]);
});

function asRead({ name, rest }: OnnxAttribute): OnnxAttribute {
  return { name, rest: readMessage(writeMessage(rest)) };
}
