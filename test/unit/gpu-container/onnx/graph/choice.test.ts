import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { writeChoice } from '../../../../../gpu-container/src/onnx/graph/choice.ts';
import {
  type GraphBuilder,
  graphBuilder,
} from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import { floats, modelOf, runModel } from './run-model.ts';

const TYPES = { sum: ELEMENT.float32, count: ELEMENT.int64 };

describe('a choice in a graph', () => {
  const doubledOrKept = (g: GraphBuilder) => {
    const doubled = g.add('x', 'x');
    const { sum, count } = writeChoice(g, 'condition', TYPES, {
      // Reads what was made around it, beside values of its own.
      whenTrue: (branch) => ({
        sum: branch.add(doubled, branch.float32(1)),
        count: branch.slice(branch.shape(doubled), 0, 0, 1),
      }),
      // Only hands on: an input, and a value made outside.
      whenFalse: () => ({ sum: 'x', count: 'numbers' }),
    });
    g.name(g.add(sum, g.cast(count, ELEMENT.float32)), 'y');
  };

  it('computes the branch that the condition tells, each of a shape of its own', async () => {
    expect(await run(doubledOrKept, true, [1, 2, 3])).toEqual([6, 8, 10]);
    expect(await run(doubledOrKept, false, [1, 2, 3])).toEqual([101, 102, 103]);
  });

  it('may be made within a branch of another, and more than once', async () => {
    const nested = (g: GraphBuilder) => {
      const types = { value: ELEMENT.float32 };
      const outer = writeChoice(g, 'condition', types, {
        whenTrue: (branch) => {
          const halved = branch.div('x', branch.float32(2));
          return writeChoice(branch, branch.not('condition'), types, {
            whenTrue: () => ({ value: 'x' }),
            whenFalse: (inner) => ({ value: inner.add(halved, 'x') }),
          });
        },
        whenFalse: () => ({ value: 'x' }),
      });
      const second = writeChoice(g, 'condition', types, {
        whenTrue: (branch) => ({ value: branch.mul(outer.value, branch.float32(10)) }),
        whenFalse: (branch) => ({ value: branch.sub(outer.value, branch.float32(1)) }),
      });
      g.name(second.value, 'y');
    };

    expect(await run(nested, true, [2, 4])).toEqual([30, 60]);
    expect(await run(nested, false, [2, 4])).toEqual([1, 3]);
  });

  it('hands on one value under several names', async () => {
    const twice = (g: GraphBuilder) => {
      const types = { a: ELEMENT.float32, b: ELEMENT.float32 };
      const { a, b } = writeChoice(g, 'condition', types, {
        whenTrue: (branch) => {
          const own = branch.add('x', branch.float32(1));
          return { a: own, b: own };
        },
        whenFalse: () => ({ a: 'x', b: 'x' }),
      });
      g.name(g.mul(a, b), 'y');
    };

    expect(await run(twice, true, [1, 2])).toEqual([4, 9]);
    expect(await run(twice, false, [1, 2])).toEqual([1, 4]);
  });
});

function run(
  write: (g: GraphBuilder) => void,
  condition: boolean,
  x: readonly number[],
): Promise<number[]> {
  const g = graphBuilder('g/', 13);
  write(g);
  const model = modelOf({
    nodes: g.nodes,
    inputs: [
      tensorValue('condition', ELEMENT.bool, []),
      tensorValue('x', ELEMENT.float32, ['size']),
      tensorValue('numbers', ELEMENT.int64, [1]),
    ],
    outputs: [tensorValue('y', ELEMENT.float32, ['size'])],
  });
  return runModel(model, {
    condition: new Tensor('bool', [condition], []),
    x: floats(x, [x.length]),
    numbers: new Tensor('int64', [100n], [1]),
  });
}
