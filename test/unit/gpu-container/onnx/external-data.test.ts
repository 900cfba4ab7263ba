import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { ELEMENT, tensorValue } from '../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeModel } from '../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { openSession } from '../../../../gpu-container/src/onnx/session.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const OPSET = 17;
const IR_VERSION = 8;
const DATA_FILE = 'encoder_model.onnx_data';

// Field numbers of onnx.proto.
const MODEL = { irVersion: 1, opsetImport: 8 };
const TENSOR = { dims: 1, elementType: 2, externalData: 13, dataLocation: 14 };
const EXTERNAL = 1;

/** A model that adds three weights to its input; they are in a file beside it. */
function modelWithWeightsBeside(): Uint8Array {
  return writeModel({
    opset: OPSET,
    graph: {
      name: 'weights beside',
      nodes: [
        { opType: 'Add', inputs: ['x', 'weights'], outputs: ['sum'], attributes: [], rest: [] },
      ],
      initializers: [
        {
          name: 'weights',
          rest: [
            varintField(TENSOR.dims, 3),
            varintField(TENSOR.elementType, ELEMENT.float32),
            lengthDelimitedField(TENSOR.externalData, [
              lengthDelimitedField(1, 'location'),
              lengthDelimitedField(2, DATA_FILE),
            ]),
            varintField(TENSOR.dataLocation, EXTERNAL),
          ],
        },
      ],
      inputs: [tensorValue('x', ELEMENT.float32, [3])],
      outputs: [tensorValue('sum', ELEMENT.float32, [3])],
      rest: [],
    },
    rest: [
      varintField(MODEL.irVersion, IR_VERSION),
      lengthDelimitedField(MODEL.opsetImport, [varintField(2, OPSET)]),
    ],
  });
}

it('finds the weights that a graph keeps beside it, whatever the graph is called', async () => {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'encoder.onnx');
  await writeFile(path, modelWithWeightsBeside());
  await writeFile(join(scratch.path, DATA_FILE), Float32Array.of(10, 20, 30));

  const session = await openSession(path, { threads: 1 });
  const x = new Tensor('float32', Float32Array.of(1, 2, 3), [3]);
  const { sum } = await session.run({ x }, ['sum']);
  await session.dispose();

  expect([...(sum.data as Float32Array)]).toEqual([11, 22, 33]);
});
