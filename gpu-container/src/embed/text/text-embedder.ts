import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { floatsOf } from '../../onnx/float-tensor.ts';
import { readModel, writeModel } from '../../onnx/graph/model-file.ts';
import { fuseLayerNorms } from '../../onnx/rewrite/fused-layer-norm.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import { tokenTensor } from '../../onnx/token-tensor.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { type BatchLimits, lengthBatches } from './length-batches.ts';
import { openSentenceTokenizer } from './sentence-tokenizer.ts';
import { textModel } from './text-models.ts';
import { tokenMeans } from './token-mean.ts';

/** A loaded model that tells what texts mean. */
export type TextEmbedder = {
  readonly modelId: string;
  readonly dims: number;
  /** Tokens of a text that the model reads, special ones not counted; what follows is left out. */
  readonly maxTextTokens: number;
  /** How many calls it works on at a time; default 1. */
  readonly lanes?: number;
  /** How many tokens a text has, special ones not counted. */
  countTokens(text: string): number;
  /**
   * Embeds texts, each by itself, whatever stands beside it.
   *
   * @param texts an empty one has the embedding of no words, which is like nothing in particular
   * @param options.signal ends the work after the forward pass that runs
   * @returns one vector of unit length per text, in their order
   */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};

export type TextEmbedderOptions = Pick<SessionOptions, 'device' | 'threads'> & {
  /** The model's folder, with `model.onnx`, `tokenizer.json` and `tokenizer_config.json`. */
  readonly dir: string;
  readonly modelId: string;
};

/** On a CPU a pass costs as much to start as some seven tokens do to compute, measured on two cores. */
const BATCH_LIMITS: Record<'cpu' | 'cuda', BatchLimits> = {
  cpu: { maxRows: 64, maxTokens: 4_096, passTokens: 8 },
  cuda: { maxRows: 256, maxTokens: 32_768, passTokens: 1_024 },
};

/**
 * Loads a sentence encoder: tokens in, the mean of their embeddings out, scaled to unit length.
 *
 * @throws ReelscribeError MODEL_NOT_FOUND, or GPU_UNAVAILABLE as {@link openSession}
 * @throws RangeError for a graph that takes something else than a BERT encoder
 */
export async function openTextEmbedder({
  dir,
  modelId,
  device = 'cpu',
  ...options
}: TextEmbedderOptions): Promise<TextEmbedder> {
  const { dims, maxTokens } = textModel(modelId);
  const tokenizer = await openSentenceTokenizer(dir, maxTokens);
  const session = await openEncoder(join(dir, 'model.onnx'), {
    device,
    // The memory arena, which this keeps, halves the time of a pass over short texts.
    sessionOptions: 'default',
    ...options,
  });
  const embedRows = rowEmbedding(session, dims, tokenizer.padToken);
  return {
    modelId,
    dims,
    maxTextTokens: maxTokens - tokenizer.encode('').length,
    countTokens: (text) => tokenizer.count(text),
    async embed(texts, { signal } = {}) {
      const rows = texts.map((text) => tokenizer.encode(text));
      const lengths = rows.map(({ length }) => length);
      const embeddings = new Array<Float32Array>(texts.length);
      for (const batch of lengthBatches(lengths, BATCH_LIMITS[device])) {
        signal?.throwIfAborted();
        const vectors = await embedRows(batch.map((index) => rows[index]!));
        for (const [row, index] of batch.entries()) {
          embeddings[index] = vectors[row]!;
        }
      }
      return embeddings;
    },
    dispose: () => session.dispose(),
  };
}

/** On a CPU with its layer norms fused, which is a tenth of the time of every pass. */
async function openEncoder(path: string, options: SessionOptions): Promise<OnnxSession> {
  const fused =
    options.device === 'cpu'
      ? writeModel(fuseLayerNorms(readModel(await readFile(path))))
      : undefined;
  return await openSession(path, options, fused);
}

/** What a BERT encoder may take, as int64 [rows, width]; a graph declares which of it. */
type EncoderInput = 'input_ids' | 'attention_mask' | 'token_type_ids';

/** Runs the encoder on rows of tokens. */
function rowEmbedding(session: OnnxSession, dims: number, padToken: number) {
  const inputs = session.inputNames.map(encoderInput);
  const [output] = session.outputNames;
  if (output === undefined) {
    throw new RangeError('The model makes nothing');
  }

  return async (rows: readonly (readonly number[])[]): Promise<Float32Array[]> => {
    const lengths = rows.map(({ length }) => length);
    const width = Math.max(...lengths);
    const padded = {
      input_ids: rows.map((row) => [...row, ...Array(width - row.length).fill(padToken)]),
      attention_mask: lengths.map((length) =>
        Array.from({ length: width }, (_, at) => +(at < length)),
      ),
      token_type_ids: rows.map(() => new Array<number>(width).fill(0)),
    };
    const feeds = inputs.map((name) => [name, tokenTensor(padded[name])]);
    const { [output]: tokens } = await session.run(Object.fromEntries(feeds), [output]);
    return tokenMeans(floatsOf(tokens!), lengths, dims).map(unitLength);
  };
}

function encoderInput(name: string): EncoderInput {
  if (name !== 'input_ids' && name !== 'attention_mask' && name !== 'token_type_ids') {
    throw new RangeError(`A sentence encoder has no input ${name}`);
  }
  return name;
}
