/// <reference lib="esnext.float16" />
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ELEMENT } from '../../../gpu-container/src/onnx/graph/literals.ts';
import { writeModel } from '../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  externalTensor,
  type NewTensor,
  readSafetensorsHeader,
  writeSafetensors,
} from '../../../gpu-container/src/onnx/graph/safetensors.ts';
import { randomHalves, repeatedHalf } from '../whisper-model/random-halves.ts';
import { buildEncoder } from './encoder-graph.ts';
import { FEED_FORWARD, TUBELET, VJEPA2_SHAPES, type Vjepa2ShapeName } from './shapes.ts';

const WEIGHTS = 'model.safetensors';
const GRAPH = 'model.onnx';
const COLOURS = 3;
const SEED = 20250611;

/** Writes V-JEPA 2's encoder with seeded random weights, unless it is there; gives the path of its graph. */
export async function layOutVjepa2(
  shapeName: Vjepa2ShapeName,
  precision: 'fp32' | 'fp16',
  parent: string,
): Promise<string> {
  const folder = join(parent, `vjepa2-${shapeName}-${precision}`);
  const path = join(folder, GRAPH);
  if (!existsSync(path)) {
    const dtype = precision === 'fp16' ? 'F16' : 'F32';
    const elementType = precision === 'fp16' ? ELEMENT.float16 : ELEMENT.float32;
    const shape = VJEPA2_SHAPES[shapeName];
    await mkdir(folder, { recursive: true });
    await writeSafetensors(join(folder, WEIGHTS), randomWeights(shapeName, dtype));
    const header = await readSafetensorsHeader(join(folder, WEIGHTS));
    const model = buildEncoder(
      shape,
      (name) => externalTensor(name, header.get(name)!),
      elementType,
    );
    await writeFile(`${path}.partial`, writeModel(model));
    await rename(`${path}.partial`, path);
  }
  return path;
}

function randomWeights(shapeName: Vjepa2ShapeName, dtype: 'F16' | 'F32'): NewTensor[] {
  const { layers, width } = VJEPA2_SHAPES[shapeName];
  const random = randomHalves(SEED);
  const tensor = (name: string, halves: () => Uint8Array, shape: readonly number[]): NewTensor => ({
    ...{ name, dtype, shape },
    bytes: () => (dtype === 'F16' ? halves() : asSingles(halves())),
  });
  const same = (name: string, value: number, size: number) =>
    tensor(name, () => repeatedHalf(size, value), [size]);
  const drawn = (name: string, inputs: number, shape: readonly number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return tensor(name, () => random(count, 1 / Math.sqrt(inputs)), shape);
  };
  const linear = (name: string, inputs: number, outputs: number) => [
    drawn(`${name}.weight`, inputs, [inputs, outputs]),
    same(`${name}.bias`, 0, outputs),
  ];
  const norm = (name: string) => [same(`${name}.weight`, 1, width), same(`${name}.bias`, 0, width)];
  const patches = 'encoder.embeddings.patch_embeddings.proj';
  const patchLength = COLOURS * TUBELET.reduce((product, side) => product * side, 1);
  return [
    drawn(`${patches}.weight`, patchLength, [width, COLOURS, ...TUBELET]),
    same(`${patches}.bias`, 0, width),
    ...Array.from({ length: layers }, (_, index) => {
      const layer = `encoder.layer.${index}`;
      return [
        ...norm(`${layer}.norm1`),
        ...['query', 'key', 'value', 'proj'].flatMap((part) =>
          linear(`${layer}.attention.${part}`, width, width),
        ),
        ...norm(`${layer}.norm2`),
        ...linear(`${layer}.mlp.fc1`, width, FEED_FORWARD * width),
        ...linear(`${layer}.mlp.fc2`, FEED_FORWARD * width, width),
      ];
    }).flat(),
    ...norm('encoder.layernorm'),
  ];
}

function asSingles(halves: Uint8Array): Uint8Array {
  return new Uint8Array(new Float32Array(new Float16Array(halves.buffer)).buffer);
}
