import type { Precision } from '#contracts/models.ts';
import type { ModelEntry, ModelFile } from '../model-entry.ts';

const PRECISION_SUFFIXES = { fp32: '', fp16: '_fp16', q8: '_quantized' } as const;

type ClipPrecision = keyof typeof PRECISION_SUFFIXES;

/** The commit that added the half precision, whose listing of files has been seen, the files themselves not. */
const CLIP_REPOSITORY = {
  kind: 'hf',
  repo: 'Xenova/clip-vit-base-patch32',
  revision: '4c1807b705b1d015fb032789cc4d221b23025a6f',
} as const;

function clipEntry(precision: ClipPrecision): ModelEntry {
  const file = (name: string, path = name): ModelFile => ({
    name,
    sources: [{ ...CLIP_REPOSITORY, path }],
  });
  const suffix = PRECISION_SUFFIXES[precision];
  return {
    id: `clip-vit-b32-${precision}`,
    task: 'image-text-embedding',
    title: `OpenAI CLIP ViT-B/32, ${precision}`,
    // Of OpenAI's repository, which publishes the weights; the hub's page names none.
    licence: 'MIT',
    precision,
    languages: ['en'],
    dims: 512,
    verified: false,
    files: [
      file('vision.onnx', `onnx/vision_model${suffix}.onnx`),
      file('text.onnx', `onnx/text_model${suffix}.onnx`),
      file('tokenizer.json'),
    ],
  };
}

/**
 * V-JEPA 2, of which no ONNX export is published that we know of: its files come
 * from the deployment's own folder or bucket, which gpu-container/models/export/vjepa2.py
 * fills. The graph names the file of its weights.
 */
function vjepa2Entry(precision: Extract<Precision, 'fp32' | 'fp16'>): ModelEntry {
  return {
    id: `vjepa2-vitl-fpc64-256-${precision}`,
    task: 'video-embedding',
    title: `Meta V-JEPA 2 ViT-L, 64 frames of 256 pixels, ${precision}`,
    licence: 'MIT',
    precision,
    dims: 1024,
    verified: false,
    files: [
      { name: 'model.onnx', sources: [] },
      { name: 'model.onnx_data', sources: [] },
    ],
  };
}

/** None of these could be fetched where they were written down, so they pin no contents. */
export const EMBEDDING_MODELS_OF_HUB: readonly ModelEntry[] = [
  clipEntry('fp32'),
  clipEntry('fp16'),
  clipEntry('q8'),
  vjepa2Entry('fp32'),
  vjepa2Entry('fp16'),
];
