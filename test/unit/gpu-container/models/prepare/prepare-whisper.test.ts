/// <reference lib="esnext.float16" />
import { cp, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareWhisper } from '../../../../../gpu-container/src/models/prepare/prepare-whisper.ts';
import {
  type ModelFiles,
  modelStoreFromEnvironment,
} from '../../../../../gpu-container/src/models/store.ts';
import { readModel } from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  readSafetensorsHeader,
  type SafetensorsEntry,
} from '../../../../../gpu-container/src/onnx/graph/safetensors.ts';
import { readByteWeight } from '../../../../../gpu-container/src/onnx/graph/weights.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const [WIDTH, HIDDEN, LAYERS] = [384, 1536, 4];

/** Weights of a module that has one for each of its outputs, and a bias. */
const pair = (module: string, ...shape: number[]): [string, number[]][] => [
  [`${module}.weight`, shape],
  [`${module}.bias`, [shape[0]!]],
];
const attention = (module: string) =>
  [
    ...pair(`${module}.q_proj`, WIDTH, WIDTH),
    ...pair(`${module}.k_proj`, WIDTH, WIDTH),
    ...pair(`${module}.v_proj`, WIDTH, WIDTH),
    ...pair(`${module}.out_proj`, WIDTH, WIDTH),
    ...pair(`${module}_layer_norm`, WIDTH),
  ].filter(([name]) => !name.endsWith('k_proj.bias'));
const layers = (half: string, attentions: readonly string[]) =>
  Array.from({ length: LAYERS }, (_, layer) => `model.${half}.layers.${layer}`).flatMap((layer) => [
    ...attentions.flatMap((module) => attention(`${layer}.${module}`)),
    ...pair(`${layer}.fc1`, HIDDEN, WIDTH),
    ...pair(`${layer}.fc2`, WIDTH, HIDDEN),
    ...pair(`${layer}.final_layer_norm`, WIDTH),
  ]);

/** As transformers publishes whisper-tiny. */
const PUBLISHED: Record<string, number[]> = Object.fromEntries([
  ...pair('model.encoder.conv1', WIDTH, 80, 3),
  ...pair('model.encoder.conv2', WIDTH, WIDTH, 3),
  ['model.encoder.embed_positions.weight', [1500, WIDTH]],
  ...layers('encoder', ['self_attn']),
  ...pair('model.encoder.layer_norm', WIDTH),
  ['model.decoder.embed_tokens.weight', [51865, WIDTH]],
  ['model.decoder.embed_positions.weight', [448, WIDTH]],
  ...layers('decoder', ['self_attn', 'encoder_attn']),
  ...pair('model.decoder.layer_norm', WIDTH),
]);

const COMPANIONS = [
  'config.json',
  'generation_config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

let files: ModelFiles;
let scratch: Awaited<ReturnType<typeof makeScratchDir>>;

beforeAll(async () => {
  files = await modelStoreFromEnvironment().pull('whisper-tiny');
  scratch = await makeScratchDir();
});

afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

const tiny = () => ({
  encoderPath: files.file('encoder.onnx'),
  decoderPath: files.file('decoder.onnx'),
  configPath: files.file('config.json'),
});

async function bytesOf(dir: string, { offset, bytes }: SafetensorsEntry): Promise<ArrayBuffer> {
  await using file = await open(join(dir, 'model.safetensors'));
  const tensor = new Uint8Array(bytes);
  await file.read(tensor, 0, bytes, offset);
  return tensor.buffer;
}

describe('whisper-tiny, prepared from its 8-bit export', () => {
  let dir: string;
  let header: Map<string, SafetensorsEntry>;
  let result: Awaited<ReturnType<typeof prepareWhisper>>;

  beforeAll(async () => {
    dir = join(scratch.path, 'new', 'fp32');
    result = await prepareWhisper({ ...tiny(), outDir: dir, precision: 'fp32' });
    header = await readSafetensorsHeader(join(dir, 'model.safetensors'));
  });

  it('has the names and shapes that transformers publishes, and no others', async () => {
    const shapes = Object.fromEntries([...header].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual(PUBLISHED);
    expect([...header.values()].every(({ dtype }) => dtype === 'F32')).toBe(true);
    const { length } = await readFile(join(dir, 'model.safetensors'));
    expect(result).toEqual({ tensors: 167, bytes: length });
  });

  it('has its tokenizer and configuration beside it, and nothing else', async () => {
    expect((await readdir(dir)).sort()).toEqual([...COMPANIONS, 'model.safetensors'].sort());
    for (const file of COMPANIONS) {
      const copy = await readFile(join(dir, file));
      expect(copy.equals(await readFile(files.file(file)))).toBe(true);
    }
  });

  /** Of each kind of weight, the initializer that this export has it in. */
  it.each([
    ['encoder', 'model.encoder.layers.0.fc1.weight', 'onnx::MatMul_625', true],
    ['encoder', 'model.encoder.layers.0.self_attn.k_proj.weight', 'onnx::MatMul_604', true],
    ['encoder', 'model.encoder.conv2.weight', 'conv2.weight', false],
    ['decoder', 'model.decoder.layers.3.fc2.weight', 'onnx::MatMul_1391_merged_0', true],
    [
      'decoder',
      'model.decoder.embed_tokens.weight',
      'model.decoder.embed_tokens.weight_merged_0',
      false,
    ],
  ])('has what the integers of the %s stand for in %s', async (half, name, stored, turned) => {
    const { graph } = readModel(await readFile(files.file(`${half}.onnx`)));
    const initializer = (suffix: string) =>
      graph.initializers.find((tensor) => tensor.name === `${stored}${suffix}`)!;
    const { bytes, shape } = readByteWeight(initializer('_quantized'))!;
    const integers = half === 'decoder' && turned ? Int8Array.from(bytes) : bytes;
    const zeroPoint = readByteWeight(initializer('_zero_point'))!.bytes[0]!;
    const zero = integers instanceof Int8Array ? Int8Array.of(zeroPoint)[0]! : zeroPoint;
    const scaleBytes = initializer('_scale').rest.at(-1)!.payload as Uint8Array;
    const scale = Buffer.from(scaleBytes).readFloatLE();

    const floats = new Float32Array(await bytesOf(dir, header.get(name)!));
    const [rows = 0, columns = 0] = PUBLISHED[name]!;
    expect(shape).toEqual(turned ? [columns, rows] : PUBLISHED[name]);
    const places = [0, 1, columns - 1, columns, 7 * columns + 5, rows * columns - 1];
    const expected = places.map((place) => {
      const [row, column] = [Math.floor(place / columns), place % columns];
      return Math.fround(scale * (integers[turned ? column * rows + row : place]! - zero));
    });
    expect(places.map((place) => floats[place])).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(1);
  });

  it('has in half precision what it has in single, rounded', async () => {
    const half = join(scratch.path, 'fp16');
    await prepareWhisper({ ...tiny(), outDir: half, precision: 'fp16' });
    const halfHeader = await readSafetensorsHeader(join(half, 'model.safetensors'));
    expect([...halfHeader.keys()]).toEqual([...header.keys()]);
    expect([...halfHeader.values()].every(({ dtype }) => dtype === 'F16')).toBe(true);

    const name = 'model.decoder.layers.1.encoder_attn.v_proj.bias';
    const singles = new Float32Array(await bytesOf(dir, header.get(name)!));
    const halves = new Float16Array(await bytesOf(half, halfHeader.get(name)!));
    expect([...halves]).toEqual([...singles].map(Math.f16round));
  });
});

it('says which weight an export lacks, and leaves what was there before', async () => {
  const [modelDir, outDir] = [join(scratch.path, 'model'), join(scratch.path, 'used')];
  await cp(files.file('config.json'), join(modelDir, 'config.json'));
  const config = JSON.parse(await readFile(files.file('config.json'), 'utf8'));
  await writeFile(
    join(modelDir, 'config.json'),
    JSON.stringify({ ...config, encoder_layers: LAYERS + 1 }),
  );
  await cp(modelDir, outDir, { recursive: true });
  await writeFile(join(outDir, 'model.safetensors'), 'older weights');

  const prepared = prepareWhisper({
    ...tiny(),
    configPath: join(modelDir, 'config.json'),
    outDir,
    precision: 'fp32',
  });
  await expect(prepared).rejects.toThrow(
    new RangeError('encoder.onnx has no model.encoder.layers.4.self_attn.k_proj.weight [384,384]'),
  );
  expect((await readdir(outDir)).sort()).toEqual(['config.json', 'model.safetensors']);
  expect(await readFile(join(outDir, 'model.safetensors'), 'utf8')).toBe('older weights');
});
