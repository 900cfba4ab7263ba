import { describe, expect, it } from '@jest/globals';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { addGroupMeans } from '../../../../../gpu-container/src/onnx/rewrite/group-means.ts';
import { openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { floats, modelOf, scattered } from '../graph/run-model.ts';

const [BATCH, ROWS, WIDTH, GROUP_SIZE] = [2, 6, 4, 3];

function doubling(opset: number): OnnxModel {
  const g = graphBuilder('g/', opset);
  g.name(g.add('x', 'x'), 'y');
  const shape = ['batch', 'rows', WIDTH];
  const graph = {
    nodes: g.nodes,
    inputs: [tensorValue('x', ELEMENT.float32, shape)],
    outputs: [tensorValue('y', ELEMENT.float32, shape)],
  };
  return modelOf(graph, opset);
}

describe('addGroupMeans', () => {
  it.each([13, 18])('puts out the means beside the rows, in operator set %i', async (opset) => {
    const model = addGroupMeans(doubling(opset), {
      output: 'y',
      name: 'means',
      groupSize: GROUP_SIZE,
    });
    const numbers = scattered(BATCH * ROWS * WIDTH);
    const session = await openSession('model.onnx', { threads: 1 }, writeModel(model));
    const x = floats(numbers, [BATCH, ROWS, WIDTH]);
    const { y, means } = await session.run({ x }, ['y', 'means']);
    await session.dispose();

    expect(y.dims).toEqual([BATCH, ROWS, WIDTH]);
    expect(means.dims).toEqual([BATCH, ROWS / GROUP_SIZE, WIDTH]);
    for (const [at, mean] of (means.data as Float32Array).entries()) {
      const [group, dim] = [Math.floor(at / WIDTH), at % WIDTH];
      const rows = Array.from({ length: GROUP_SIZE }, (_, row) => group * GROUP_SIZE + row);
      const sum = rows.reduce((total, row) => total + 2 * numbers[row * WIDTH + dim]!, 0);
      expect(mean).toBeCloseTo(sum / GROUP_SIZE, 6);
    }
  });
});
