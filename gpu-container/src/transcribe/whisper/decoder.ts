import { Tensor } from 'onnxruntime-node';
import { asFloatType, floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import type { OnnxSession } from '../../onnx/session.ts';
import { tokenTensor } from '../../onnx/token-tensor.ts';
import { selectRows } from './batch-rows.ts';
import type { EncoderStates } from './encoder.ts';
import type { WhisperDimensions } from './model-config.ts';

/** Logits [batch, positions, vocabulary] of one pass; the caller may write into the rows. */
export type Logits = {
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
  /** Goes on with these rows only, in this order; a row may be named more than once. */
  select(rows: readonly number[]): void;
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
  const cacheType = floatTypeOf(session, 'past_key_values.0.decoder.key');
  const statesType = floatTypeOf(session, 'encoder_hidden_states');
  const emptyCache = (batch: number): Cache => {
    const shape = [batch, dimensions.decoderHeads, 0, dimensions.headSize];
    const nothing = floatTensor(cacheType, new Float32Array(0), shape);
    return Object.fromEntries(
      [...decoderCache, ...encoderCache].map((name) => [`past_key_values.${name}`, nothing]),
    );
  };
  const withoutCache = new Tensor('bool', [false], [1]);
  const withCache = new Tensor('bool', [true], [1]);

  return (encoded) => {
    const states = asFloatType(encoded, statesType);
    let selfCache: Cache = {};
    let crossCache: Cache = {};
    /** Which row of the encoder states each row listens to. */
    let heard: number[] = [];

    const run = async (
      tokens: readonly (readonly number[])[],
      past: Cache,
      use_cache_branch: Tensor,
      kept: readonly string[],
    ): Promise<{ logits: Logits; outputs: Record<string, Tensor> }> => {
      const outputs = await session.run(
        {
          input_ids: tokenTensor(tokens),
          // The cached branch has what it needs of them in the cache and looks at no value.
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
        const past = emptyCache(prompts.length);
        const { logits, outputs } = await run(prompts, past, withoutCache, kept);
        selfCache = asPast(outputs, decoderCache);
        crossCache = asPast(outputs, encoderCache);
        heard = prompts.map((_, row) => row);
        return logits;
      },
      async step(tokens) {
        const column = tokens.map((token) => [token]);
        const past = { ...selfCache, ...crossCache };
        const { logits, outputs } = await run(column, past, withCache, presents(decoderCache));
        selfCache = asPast(outputs, decoderCache);
        return logits;
      },
      select(rows) {
        selfCache = selectCacheRows(selfCache, rows);
        // Beams that change places within their window hear what they heard before.
        const heardNow = rows.map((row) => heard[row]!);
        if (heardNow.length !== heard.length || heardNow.some((row, i) => row !== heard[i])) {
          crossCache = selectCacheRows(crossCache, rows);
        }
        heard = heardNow;
      },
    };
  };
}

function presents(names: readonly string[]): string[] {
  return names.map((name) => `present.${name}`);
}

function asPast(present: Cache, names: readonly string[]): Cache {
  return Object.fromEntries(
    names.map((name) => [`past_key_values.${name}`, present[`present.${name}`]!]),
  );
}

function selectCacheRows(cache: Cache, rows: readonly number[]): Cache {
  return Object.fromEntries(
    Object.entries(cache).map(([name, tensor]) => [name, selectRows(tensor, rows)]),
  );
}

function logitsOf(tensor: Tensor): Logits {
  const [, positions, vocabulary] = tensor.dims as [number, number, number];
  const data = floatsOf(tensor);
  return {
    at(row, position) {
      const start = (row * positions + position) * vocabulary;
      return data.subarray(start, start + vocabulary);
    },
  };
}
