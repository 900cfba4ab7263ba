import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { ELEMENT, tensorValue } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  importMicrosoftOperators,
  MICROSOFT_OPERATOR,
  type OnnxModel,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { floats, modelOf, runModel } from './run-model.ts';

describe('a model that imports the operators of onnxruntime', () => {
  const gelu = modelOf({
    nodes: [
      { opType: 'Gelu', inputs: ['x'], outputs: ['y'], attributes: [], rest: MICROSOFT_OPERATOR },
    ],
    inputs: [tensorValue('x', ELEMENT.float32, [2])],
    outputs: [tensorValue('y', ELEMENT.float32, [2])],
  });

  it('computes with them', async () => {
    const [low, high] = await runModel(importMicrosoftOperators(gelu), { x: floats([-9, 9], [2]) });
    expect(low).toBeCloseTo(0);
    expect(high).toBeCloseTo(9);
  });

  it('keeps the standard operators it had', () => {
    const written = readModel(writeModel(importMicrosoftOperators(gelu)));
    expect(written.opset).toBe(gelu.opset);
  });

  it('imports them once', () => {
    const imported = readModel(writeModel(importMicrosoftOperators(gelu)));
    expect(importMicrosoftOperators(imported)).toBe(imported);
  });
});

describe('an ONNX file', () => {
  let file: Buffer;
  let model: OnnxModel;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('silero-vad');
    file = await readFile(files.file('silero_vad.onnx'));
    model = readModel(file);
  });

  it('tells its operator set, inputs and outputs', () => {
    expect(model.opset).toBeGreaterThan(10);
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['input', 'state', 'sr']);
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(['output', 'stateN']);
  });

  it('tells its nodes, down to the branches of a choice', () => {
    const choice = model.graph.nodes.find(({ opType }) => opType === 'If');
    const branches = choice!.attributes.map(({ name, graph }) => [name, graph!.nodes.length > 0]);

    expect(Object.fromEntries(branches)).toEqual({ then_branch: true, else_branch: true });
  });

  it('is written with everything that was read', () => {
    const written = writeModel(model);

    expect(written.length).toBe(file.length);
    expect(isDeepStrictEqual(readModel(written), model)).toBe(true);
  });

  it('is refused where it holds no graph', () => {
    expect(() => readModel(Uint8Array.of(0x08, 0x08))).toThrow('one graph');
  });
});
