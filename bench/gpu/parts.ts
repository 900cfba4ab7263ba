import { join } from 'node:path';
import { clipsPerPass } from '../../gpu-container/src/embed/vjepa2/clip-passes.ts';
import { prepareWhisper } from '../../gpu-container/src/models/prepare/prepare-whisper.ts';
import type { ModelStore } from '../../gpu-container/src/models/store.ts';
import type { GpuArguments, PartName } from './arguments.ts';
import { CLIP_SHAPES, layOutVision } from './clip-model.ts';
import type { Part } from './run-parts.ts';
import type { Setup } from './sides/messages.ts';
import type { SideProcess } from './sides/run-side.ts';
import { SPEECH_ID, writeSpeech } from './speech.ts';
import { layOutVjepa2 } from './vjepa2-model/model-folder.ts';
import { VJEPA2_SHAPES } from './vjepa2-model/shapes.ts';
import { layOutWhisper } from './whisper-model/model-folder.ts';
import type { WhisperShapeName } from './whisper-model/shapes.ts';

export type PartSurroundings = {
  readonly store: Pick<ModelStore, 'pull'>;
  /** Where models are kept from bench to bench. */
  readonly cacheDir: string;
  readonly scratchDir: string;
  /** For our sides to find the device with. */
  readonly env: Readonly<Record<string, string>>;
};

/** Real weights, small enough for every machine. */
const TRAINED = 'whisper-tiny';

/** A batch large enough to be busy with, and none at all. */
const LOOP_BATCHES = [16, 1];
/** As many steps tell what a step takes: they differ by the length of the text only. */
const LOOP_STEPS = 12;
const PEER_BATCHES = [32, 16, 1];

const CLIP_BATCHES = { published: [32, 128, 256], miniature: [2, 8] };
/** Frames of 1080p, some passes' worth. */
const CLIP_FRAMES = {
  published: { count: 256, batch: 128 },
  miniature: { count: 8, batch: 4 },
};
const VJEPA2_FRAMES = { published: [16, 64], miniature: [2, 4] };

/** What is measured, in the order of {@link PART_NAMES}. */
export function benchParts(
  options: GpuArguments,
  { store, cacheDir, scratchDir, env }: PartSurroundings,
): Part[] {
  const { device, precision, shapes, batches, tokens, rounds, python } = options;
  const setup: Setup = { device, precision, rounds };
  const ours = (side: string, request: object) => ourSide(side, setup, request, env);
  const peer = (script: string, request: object): SideProcess => ({
    command: [python, join(import.meta.dirname, 'peer', `${script}.py`)],
    request: { ...setup, ...request },
    env: {},
  });

  const speechPath = join(scratchDir, 'speech.f32');
  const speech = once(async () => await writeSpeech(await store.pull(SPEECH_ID), speechPath));
  const trained = once(async () => await store.pull(TRAINED));
  const ofWhisper = async (published: WhisperShapeName) => {
    const shape = shapes === 'miniature' ? shapes : published;
    await speech();
    return { shape, speechPath, folder: await layOutWhisper(shape, await trained(), cacheDir) };
  };
  const timed =
    (published: WhisperShapeName, of = batches) =>
    async (): Promise<object> => ({ ...(await ofWhisper(published)), batches: of, tokens });
  const peerBatches = PEER_BATCHES.filter((batch) => batches.includes(batch));

  const prepare: Record<PartName, () => Promise<SideProcess>> = {
    parity: async () => {
      const lengths = await speech();
      const files = await trained();
      const folder = join(scratchDir, TRAINED);
      await prepareWhisper({
        encoderPath: files.file('encoder.onnx'),
        decoderPath: files.file('decoder.onnx'),
        configPath: files.file('config.json'),
        outDir: folder,
        // The CPU's text is to be that of the same weights.
        precision: 'fp16',
      });
      return ours('parity', { folder, speechPath, lengths });
    },
    turbo: async () => ours('whisper', await timed('large-v3-turbo')()),
    'large-v3': async () => ours('whisper', await timed('large-v3')()),
    loop: async () => {
      const { shape, folder } = await ofWhisper('large-v3-turbo');
      const of = LOOP_BATCHES.filter((batch) => batches.includes(batch));
      return ours('step-loop', { shape, folder, batches: of, steps: LOOP_STEPS });
    },
    clip: async () => {
      const shape = shapes === 'miniature' ? shapes : 'vit-b32';
      return ours('clip', {
        path: await layOutVision(shape, precision, cacheDir),
        batches: CLIP_BATCHES[shapes],
        frames: CLIP_FRAMES[shapes],
      });
    },
    vjepa2: async () => {
      const shape = shapes === 'miniature' ? shapes : 'vit-l';
      const path = await layOutVjepa2(shape, precision, cacheDir);
      return ours('vjepa2', { path, clips: clipsOf(shapes) });
    },
    'pytorch-turbo': async () => peer('whisper', await timed('large-v3-turbo', peerBatches)()),
    'pytorch-large-v3': async () => peer('whisper', await timed('large-v3', peerBatches)()),
    'pytorch-clip': async () =>
      peer('clip', { sizes: clipSizes(shapes), batches: CLIP_BATCHES[shapes] }),
    'pytorch-vjepa2': async () =>
      peer('vjepa2', { sizes: vjepa2Sizes(shapes), clips: clipsOf(shapes) }),
  };
  return options.parts.map((name) => ({ name, ...SECONDS[name], prepare: prepare[name] }));
}

/** One of our sides as a process. */
export function ourSide(
  side: string,
  { device, precision, rounds }: Setup,
  request: object,
  env: Readonly<Record<string, string>>,
): SideProcess {
  const redirect = join(import.meta.dirname, 'cuda', 'redirect.ts');
  const script = join(import.meta.dirname, 'sides', `${side}.ts`);
  return {
    command: [process.execPath, '--import', redirect, script],
    request: { device, precision, rounds, ...request },
    env,
  };
}

/** What a part is worth beginning with, and what it may take of the others' time. */
const SECONDS: Record<PartName, Pick<Part, 'leastSeconds' | 'mostSeconds'>> = {
  parity: { leastSeconds: 5, mostSeconds: 90 },
  turbo: { leastSeconds: 10, mostSeconds: 120 },
  loop: { leastSeconds: 10, mostSeconds: 60 },
  clip: { leastSeconds: 10, mostSeconds: 60 },
  vjepa2: { leastSeconds: 10, mostSeconds: 60 },
  'large-v3': { leastSeconds: 30, mostSeconds: 150 },
  'pytorch-turbo': { leastSeconds: 30, mostSeconds: 100 },
  'pytorch-clip': { leastSeconds: 20, mostSeconds: 40 },
  'pytorch-vjepa2': { leastSeconds: 20, mostSeconds: 40 },
  'pytorch-large-v3': { leastSeconds: 40, mostSeconds: 150 },
};

/** As transformers' CLIPVisionConfig names them. */
function clipSizes(shapes: GpuArguments['shapes']) {
  const { layers, width, mlpWidth, heads, imageSize, patchSize, dims } =
    CLIP_SHAPES[shapes === 'miniature' ? shapes : 'vit-b32'];
  return {
    ...{ hidden_size: width, intermediate_size: mlpWidth, projection_dim: dims },
    ...{ num_hidden_layers: layers, num_attention_heads: heads },
    ...{ image_size: imageSize, patch_size: patchSize },
  };
}

/** Lengths of clips, and how many of each the product gives a GPU at a time. */
function clipsOf(shapes: GpuArguments['shapes']) {
  return VJEPA2_FRAMES[shapes].map((frames) => ({ frames, batch: clipsPerPass(frames) }));
}

/** As transformers' VJEPA2Config names them. */
function vjepa2Sizes(shapes: GpuArguments['shapes']) {
  const { layers, width, heads } = VJEPA2_SHAPES[shapes === 'miniature' ? shapes : 'vit-l'];
  return { hidden_size: width, num_hidden_layers: layers, num_attention_heads: heads };
}

/** Does something when it is first asked for. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let begun: Promise<Result> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
}
