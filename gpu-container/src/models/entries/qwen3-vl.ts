import type { Precision } from '#contracts/models.ts';
import type { ModelEntry } from '../model-entry.ts';

/** A size of Qwen3-VL-Embedding, as the hub has it for PyTorch. */
type Qwen3VlSize = { readonly size: '2b' | '8b'; readonly dims: number; readonly repo: string };

const SIZES: readonly Qwen3VlSize[] = [
  { size: '2b', dims: 2048, repo: 'Qwen/Qwen3-VL-Embedding-2B' },
  { size: '8b', dims: 4096, repo: 'Qwen/Qwen3-VL-Embedding-8B' },
];

const PRECISIONS = ['fp16', 'q8', 'q4'] as const satisfies readonly Precision[];

/**
 * The graphs are what gpu-container/models/export/qwen3-vl-embedding.py writes: no export
 * that takes pictures of every size is published that we know of, so they come from the
 * deployment's own folder or bucket. Each graph names the file of its weights. The
 * tokenizer is the repository's own.
 */
function entryOf({ size, dims, repo }: Qwen3VlSize, precision: Precision): ModelEntry {
  return {
    id: `qwen3-vl-embedding-${size}-${precision}`,
    task: 'image-text-embedding',
    title: `Qwen3-VL-Embedding ${size.toUpperCase()}, ${precision}`,
    licence: 'Apache-2.0',
    precision,
    languages: 'multilingual',
    dims,
    verified: false,
    files: [
      { name: 'vision.onnx', sources: [] },
      { name: 'vision.onnx_data', sources: [] },
      { name: 'text.onnx', sources: [] },
      { name: 'text.onnx_data', sources: [] },
      {
        name: 'tokenizer.json',
        sources: [{ kind: 'hf', repo, revision: 'main', path: 'tokenizer.json' }],
      },
    ],
  };
}

/** None of these could be fetched where they were written down, so they pin no contents. */
export const QWEN3_VL_EMBEDDING_MODELS: readonly ModelEntry[] = SIZES.flatMap((size) =>
  PRECISIONS.map((precision) => entryOf(size, precision)),
);
