import { Tensor } from 'onnxruntime-node';
import type { OnnxSession } from '../../onnx/session.ts';
import type { EncoderStates } from './encoder.ts';
import type { WhisperDimensions } from './model-config.ts';

/** Logits [batch, positions, vocabulary] of one pass; the caller may write into the rows. */
type Logits = {
  /** The logits that follow one position of one row of the batch. */
  at(row: number, position: number): Float32Array;
};

/**
 * One decoding in progress: the encoder states and the key/value cache of the
 * tokens passed so far, for every row of the batch.
 */
export type DecoderRun = {
  /** Passes the prompts, one per row and all of one length. Once, first. */
  prefill(prompts: readonly (readonly number[])[]): Promise<Logits>;
  /** Passes the next token of each row. */
  step(tokens: readonly number[]): Promise<Logits>;
  /**
   * Passes a whole text at once, apart from the decoding in progress, and tells
   * where it listened: of each layer named, the cross-attention weights
   * [1, heads, positions, encoderPositions]. Needs an export that has them.
   */
  attend(
    tokens: readonly number[],
    layers: readonly number[],
  ): Promise<{ logits: Logits; crossAttentions: ReadonlyMap<number, Tensor> }>;
};

type Cache = Record<string, Tensor>;

/**
 * Starts decodings on a merged decoder: one graph that passes a whole prompt
 * (`use_cache_branch` false) or one more token on top of the cache (true).
 */
export function startDecoder(
  session: OnnxSession,
  dimensions: WhisperDimensions,
): (states: EncoderStates) => DecoderRun {
  const layers = Array.from({ length: dimensions.decoderLayers }, (_, layer) => layer);
  const cacheNames = (side: 'decoder' | 'encoder') =>
    layers.flatMap((layer) => [`${layer}.${side}.key`, `${layer}.${side}.value`]);
  const decoderCache = cacheNames('decoder');
  const encoderCache = cacheNames('encoder');
  const noCache = new Tensor('float32', new Float32Array(0), [
    1,
    dimensions.decoderHeads,
    0,
    dimensions.headSize,
  ]);
  const emptyCache = Object.fromEntries(
    [...decoderCache, ...encoderCache].map((name) => [`past_key_values.${name}`, noCache]),
  );
  const withoutCache = new Tensor('bool', [false], [1]);
  const withCache = new Tensor('bool', [true], [1]);

  return (states) => {
    let selfCache: Cache = {};
    let crossCache: Cache = {};

    const run = async (
      tokens: readonly (readonly number[])[],
      past: Cache,
      use_cache_branch: Tensor,
      kept: readonly string[],
    ): Promise<{ logits: Logits; outputs: Record<string, Tensor> }> => {
      const outputs = await session.run(
        {
          input_ids: tokenTensor(tokens),
          encoder_hidden_states: states,
          use_cache_branch,
          ...past,
        },
        ['logits', ...kept],
      );
      return { logits: logitsOf(outputs['logits']!), outputs };
    };

    return {
      async prefill(prompts) {
        const kept = presents([...decoderCache, ...encoderCache]);
        const { logits, outputs } = await run(prompts, emptyCache, withoutCache, kept);
        selfCache = asPast(outputs, decoderCache);
        crossCache = asPast(outputs, encoderCache);
        return logits;
      },
      async step(tokens) {
        const column = tokens.map((token) => [token]);
        const past = { ...selfCache, ...crossCache };
        const { logits, outputs } = await run(column, past, withCache, presents(decoderCache));
        selfCache = asPast(outputs, decoderCache);
        return logits;
      },
      async attend(tokens, layers) {
        const kept = layers.map((layer) => `cross_attentions.${layer}`);
        const { logits, outputs } = await run([tokens], emptyCache, withoutCache, kept);
        return {
          logits,
          crossAttentions: new Map(
            layers.map((layer) => [layer, outputs[`cross_attentions.${layer}`]!]),
          ),
        };
      },
    };
  };
}

function tokenTensor(rows: readonly (readonly number[])[]): Tensor {
  const width = rows[0]?.length ?? 0;
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, width]);
}

function presents(names: readonly string[]): string[] {
  return names.map((name) => `present.${name}`);
}

function asPast(present: Cache, names: readonly string[]): Cache {
  return Object.fromEntries(
    names.map((name) => [`past_key_values.${name}`, present[`present.${name}`]!]),
  );
}

function logitsOf(tensor: Tensor): Logits {
  const [, positions, vocabulary] = tensor.dims as [number, number, number];
  const data = tensor.data as Float32Array;
  return {
    at(row, position) {
      const start = (row * positions + position) * vocabulary;
      return data.subarray(start, start + vocabulary);
    },
  };
}
