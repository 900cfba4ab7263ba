import { Tensor } from 'onnxruntime-node';
import type { OnnxSession } from '../../onnx/session.ts';

/** What the decoder listens to: [1, positions, hidden size], the more positions the longer the audio. */
export type EncoderStates = Tensor;

/** Passes the next token and returns the logits [vocabulary] of the one after it. */
export type DecoderStep = (token: number) => Promise<Float32Array>;

const PAST = 'past_key_values.';

/**
 * Starts decodings on Moonshine's merged decoder: the first token goes through
 * the branch that reads the encoder states, every further one on top of the
 * key/value cache. Layers, heads and head size are what the graph declares.
 */
export function startDecoder(session: OnnxSession): (states: EncoderStates) => DecoderStep {
  const cacheNames = [...session.inputs.keys()]
    .filter((name) => name.startsWith(PAST))
    .map((name) => name.slice(PAST.length));
  const selfNames = cacheNames.filter((name) => name.includes('.decoder.'));
  const emptyCache = Object.fromEntries(
    cacheNames.map((name) => [`${PAST}${name}`, emptyPast(session, `${PAST}${name}`)]),
  );
  const withoutCache = new Tensor('bool', [false], [1]);
  const withCache = new Tensor('bool', [true], [1]);

  return (encoder_hidden_states) => {
    let cache: Record<string, Tensor> | undefined;
    return async (token) => {
      // Keys and values of the encoder states stay what the first pass made them.
      const renewed = cache === undefined ? cacheNames : selfNames;
      const outputs = await session.run(
        {
          input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
          encoder_hidden_states,
          use_cache_branch: cache === undefined ? withoutCache : withCache,
          ...(cache ?? emptyCache),
        },
        ['logits', ...renewed.map((name) => `present.${name}`)],
      );
      cache = {
        ...cache,
        ...Object.fromEntries(
          renewed.map((name) => [`${PAST}${name}`, outputs[`present.${name}`]!]),
        ),
      };
      return outputs['logits']!.data as Float32Array;
    };
  };
}

/** [1, heads, 0, head size]. */
function emptyPast(session: OnnxSession, name: string): Tensor {
  const [, heads, , headSize] = session.inputs.get(name)!.shape as [string, number, string, number];
  return new Tensor('float32', new Float32Array(0), [1, heads, 0, headSize]);
}
