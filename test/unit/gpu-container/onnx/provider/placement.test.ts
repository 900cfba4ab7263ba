import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeLoop } from '../../../../../gpu-container/src/onnx/graph/loop.ts';
import { writeModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { networkWriter } from '../../../../../gpu-container/src/onnx/graph/network-writer.ts';
import {
  isBarelyOnDevice,
  readPlacement,
} from '../../../../../gpu-container/src/onnx/provider/placement.ts';
import { profilePlacement } from '../../../../../gpu-container/src/onnx/provider/profile-placement.ts';
import { modelHeader } from '../graph/model-header.ts';

const CPU = 'CPUExecutionProvider';
const CUDA = 'CUDAExecutionProvider';

/** A line as onnxruntime writes it; times in microseconds. */
function node(opType: string, provider: string, ts: number, dur: number): string {
  const args = { op_name: opType, provider };
  return `${JSON.stringify({ cat: 'Node', ts, dur, ph: 'X', name: `${opType}_kernel_time`, args })},`;
}

function run(ts: number, dur: number): string {
  return `${JSON.stringify({ cat: 'Session', ts, dur, ph: 'X', name: 'model_run', args: {} })},`;
}

/** A run whose loop goes round twice; a node is written when it has ended, so the loop comes last. */
const LOOPED = [
  node('Conv', CUDA, 100, 50),
  node('MatMul', CUDA, 210, 20),
  node('Gather', CPU, 230, 10),
  node('MatMul', CUDA, 250, 20),
  node('Gather', CPU, 270, 10),
  node('Loop', CPU, 200, 100),
  run(90, 1_000),
];

describe('the placement of a run', () => {
  it('counts nodes inside a loop each time, and their time once', async () => {
    const { nodes, seconds, cpuOperators } = await readPlacement(['[', ...LOOPED, ']']);

    expect(nodes).toEqual({ [CUDA]: 3, [CPU]: 3 });
    expect(seconds[CUDA]).toBeCloseTo(90e-6, 9);
    // The loop's own 40 µs, and 20 of what it gathers.
    expect(seconds[CPU]).toBeCloseTo(60e-6, 9);
    expect(cpuOperators.map(({ opType, count }) => [opType, count])).toEqual([
      ['Loop', 1],
      ['Gather', 2],
    ]);
  });

  it('takes for the device’s what of the run the CPU did not compute', async () => {
    const placement = await readPlacement(LOOPED);

    expect(placement.runSeconds).toBeCloseTo(1e-3, 9);
    expect(placement.deviceShare).toBeCloseTo(0.94, 9);
    expect(isBarelyOnDevice(placement)).toBe(true);
  });

  it('does not mind the nodes that onnxruntime leaves to the CPU for their shapes', async () => {
    const placement = await readPlacement([
      ...Array.from({ length: 30 }, (_, index) => node('Shape', CPU, index * 10, 1)),
      node('Attention', CUDA, 400, 60),
      run(0, 1_000),
    ]);

    expect(placement.nodes[CPU]).toBeGreaterThan(placement.nodes[CUDA]!);
    expect(isBarelyOnDevice(placement)).toBe(false);
  });

  it('is that of the last complete run, since the first one also warms up', async () => {
    const placement = await readPlacement([
      node('MatMulInteger', CPU, 10, 400),
      node('Add', CUDA, 420, 90_000),
      run(0, 100_000),
      node('MatMulInteger', CPU, 100_010, 400),
      node('Add', CUDA, 100_420, 5),
      run(100_000, 500),
      node('MatMulInteger', CPU, 100_510, 400),
    ]);

    expect(placement.deviceShare).toBeCloseTo(0.2, 9);
  });

  it('cannot be told without a run', async () => {
    await expect(readPlacement(['[', node('Add', CUDA, 1, 1), ']'])).rejects.toThrow(
      'no complete run',
    );
  });

  it('is read from what onnxruntime writes', async () => {
    const network = networkWriter('two-products');
    const square = network.operator('MatMul', ['x', 'x']);
    const cube = network.operator('MatMul', [square, 'x']);
    const sum = network.operator('ReduceSum', [cube]);
    const model = network.write({ x: ['n', 'n'] }, [{ name: 'sum', value: sum, shape: [1, 1] }]);
    const x = new Tensor('float32', new Float32Array(64 * 64).fill(0.1), [64, 64]);

    const placement = await profilePlacement('products.onnx', { x }, { threads: 1 }, model);

    const { nodes, seconds, runSeconds, cpuOperators, deviceShare } = placement;
    expect(Object.keys(nodes)).toEqual([CPU]);
    expect(cpuOperators).toContainEqual({
      opType: 'MatMul',
      count: 2,
      seconds: expect.any(Number),
    });
    expect(seconds[CPU]).toBeGreaterThan(0);
    expect(seconds[CPU]).toBeLessThanOrEqual(runSeconds);
    expect(deviceShare).toBeLessThan(1);
  });

  it('holds for a real loop, whose nodes take no more time than the run', async () => {
    const rounds = new Tensor('int64', [200n], []);

    const { nodes, seconds, runSeconds, cpuOperators } = await profilePlacement(
      'loop.onnx',
      { rounds },
      { threads: 1 },
      doublingModel(),
    );

    expect(nodes[CPU]).toBeGreaterThan(200);
    expect(cpuOperators).toContainEqual({ opType: 'Loop', count: 1, seconds: expect.any(Number) });
    expect(cpuOperators).toContainEqual({ opType: 'Add', count: 200, seconds: expect.any(Number) });
    expect(seconds[CPU]).toBeLessThanOrEqual(runSeconds);
  });
});

/** Doubles a number as often as it is told to. */
function doublingModel(): Uint8Array {
  const opset = 18;
  const g = graphBuilder('g/', opset);
  const goOn = g.less(g.int64s(0), g.int64s(1));
  const { value } = writeLoop(
    g,
    {
      maxRounds: 'rounds',
      goOn: g.reshape(goOn),
      types: { value: ELEMENT.int64 },
      initial: { value: g.int64s(1) },
    },
    (body, state) => ({
      goOn: body.reshape(body.less(body.int64s(0), body.int64s(1))),
      next: { value: body.add(state.value, state.value) },
    }),
  );
  g.name(value, 'doubled');
  return writeModel({
    ...modelHeader(opset),
    graph: {
      name: 'doubling',
      nodes: g.nodes,
      initializers: [],
      inputs: [tensorValue('rounds', ELEMENT.int64, [])],
      outputs: [tensorValue('doubled', ELEMENT.int64, [1])],
      rest: [],
    },
  });
}
