import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeLoop } from '../../../../../gpu-container/src/onnx/graph/loop.ts';
import { writeModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { type OnnxSession, openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { modelHeader } from './model-header.ts';

describe.each([11, 18])('a graph with a loop, in operator set %i', (opset) => {
  let session: OnnxSession;

  beforeAll(async () => {
    session = await openSession('fibonacci.onnx', { threads: 1 }, fibonacciModel(opset));
  });

  afterAll(() => session.dispose());

  it('hands its variables from round to round, of growing shape too', async () => {
    expect(await numbersUpTo(50, 100)).toEqual([1, 1, 2, 3, 5, 8, 13, 21, 34, 55]);
  });

  it('ends after the most rounds it may go', async () => {
    expect(await numbersUpTo(50, 2)).toEqual([1, 1, 2]);
  });

  it('leaves its variables as they were where there is no first round', async () => {
    expect(await numbersUpTo(1, 100)).toEqual([1]);
  });

  async function numbersUpTo(limit: number, rounds: number): Promise<number[]> {
    const int64 = (value: number) => new Tensor('int64', [BigInt(value)], []);
    const { numbers } = await session.run({ limit: int64(limit), rounds: int64(rounds) }, [
      'numbers',
    ]);
    return Array.from(numbers.data as BigInt64Array, Number);
  }
});

/** Fibonacci numbers until one reaches the limit; the limit is read from outside the loop. */
function fibonacciModel(opset: number): Uint8Array {
  const g = graphBuilder('g/', opset);
  const one = g.int64s(1);
  const isBelow = (at: typeof g, value: string) => at.reshape(at.less(value, 'limit'));
  const final = writeLoop(
    g,
    {
      maxRounds: 'rounds',
      goOn: isBelow(g, one),
      types: { last: ELEMENT.int64, before: ELEMENT.int64, numbers: ELEMENT.int64 },
      initial: { last: one, before: g.int64s(0), numbers: one },
    },
    (body, { last, before, numbers }) => {
      const next = body.add(last, before);
      return {
        goOn: isBelow(body, next),
        next: { last: next, before: last, numbers: body.concat([numbers, next], 0) },
      };
    },
  );
  g.name(final.numbers, 'numbers');
  return writeModel({
    ...modelHeader(opset),
    graph: {
      name: 'fibonacci',
      nodes: g.nodes,
      initializers: [],
      inputs: [tensorValue('limit', ELEMENT.int64, []), tensorValue('rounds', ELEMENT.int64, [])],
      outputs: [tensorValue('numbers', ELEMENT.int64, ['count'])],
      rest: [],
    },
  });
}
