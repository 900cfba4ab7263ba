import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { buildEncoder } from '../../../../../bench/gpu/vjepa2-model/encoder-graph.ts';
import { VJEPA2_SHAPES } from '../../../../../bench/gpu/vjepa2-model/shapes.ts';
import { ELEMENT } from '../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  type OnnxModel,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { describeWithShared, sharedPath } from '../../../../environment/shared.ts';

const FRAMES = 4;
const PIXELS = [3, 256, 256];

describeWithShared("V-JEPA 2's encoder as a graph", () => {
  it('computes what an export with the same weights computes', async () => {
    const path = sharedPath('fixtures', 'vjepa2', 'model', 'onnx', 'model.onnx');
    const exported = readModel(await readFile(path));
    const { miniature } = VJEPA2_SHAPES;
    const written = buildEncoder(miniature, weightsOf(exported), ELEMENT.float32);

    const shape = [1, FRAMES, ...PIXELS];
    const length = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length }, (_, at) => Math.sin(at * 0.37) + ((at >> 8) % 7));
    const tokensOf = async (model?: Uint8Array) => {
      const session = await openSession(path, {}, model);
      const pixel_values_videos = new Tensor('float32', values, shape);
      const outputs = await session.run({ pixel_values_videos }, ['last_hidden_state']);
      await session.dispose();
      return outputs.last_hidden_state;
    };
    const expected = await tokensOf();
    const tokens = await tokensOf(writeModel(written));
    expect(tokens.dims).toEqual(expected.dims);
    const differences = (tokens.data as Float32Array).map((value, at) =>
      Math.abs(value - (expected.data as Float32Array)[at]!),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-4);
  });
});

/** The export names the matrices of products by number, in their order, and has one gain for all norms. */
function weightsOf({ graph }: OnnxModel) {
  const weights = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const matrices = graph.nodes
    .filter(({ opType, inputs }) => opType === 'MatMul' && weights.has(inputs[1]!))
    .map(({ inputs }) => inputs[1]!);
  const modules = ['query', 'key', 'value', 'proj'].map((part) => `attention.${part}`);
  const inOrder = [0, 1].flatMap((layer) =>
    [...modules, 'mlp.fc1', 'mlp.fc2'].map((name) => `encoder.layer.${layer}.${name}.weight`),
  );
  const exportedName = (name: string) => {
    const product = inOrder.indexOf(name);
    const isGain = /norm\d?\.weight$/.test(name);
    return matrices[product] ?? `m.${isGain ? 'encoder.layer.0.norm1.weight' : name}`;
  };
  return (name: string) => ({ ...weights.get(exportedName(name))!, name });
}
