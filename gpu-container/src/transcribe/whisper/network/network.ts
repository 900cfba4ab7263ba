import type { GraphBuilder, Value } from '../../../onnx/graph/graph-builder.ts';
import { ELEMENT } from '../../../onnx/graph/literals.ts';
import type { OnnxTensor } from '../../../onnx/graph/model-file.ts';
import { elementTypeOfWeight } from '../../../onnx/graph/weights.ts';
import type { WhisperDimensions } from '../model-config.ts';

/** The operator set that the network is written in. */
export const NETWORK_OPSET = 17;

/** Weights by the names under which transformers publishes them (`model.encoder.conv1.weight`, …). */
export type PublishedWeights = ReadonlyMap<string, OnnxTensor>;

/** What the parts of the network are written with. */
export type WhisperNetwork = {
  readonly dimensions: WhisperDimensions;
  readonly encoderLayers: number;
  /** float32 or float16: of all that is computed between the features and the logits. */
  readonly elementType: number;
  /**
   * A weight, in the network's precision. It is put into the graph around all
   * others, so that whatever part of it asks first, every part can read it.
   *
   * @throws RangeError where the model has none of that name
   */
  weight(name: string): Value;
  /** Several weights one below the other, so that one product does the work of several. */
  stackedWeight(...names: readonly string[]): Value;
  /** The biases of the queries, of the keys, which have none, and of the values. */
  attentionBias(attention: string): Value;
};

/**
 * Prepares to write a Whisper network (Radford et al., 2022,
 * https://arxiv.org/abs/2212.04356) into a graph, from weights as
 * transformers' modeling_whisper.py names and shapes them.
 *
 * @param g writes the graph around all others
 */
export function whisperNetwork(
  g: GraphBuilder,
  published: PublishedWeights,
  dimensions: WhisperDimensions,
  elementType: number,
): WhisperNetwork {
  const made = new Map<string, Value>();
  const once = (name: string, make: () => Value): Value => {
    const value = made.get(name) ?? make();
    made.set(name, value);
    return value;
  };
  const weight = (name: string) =>
    once(name, () => {
      const tensor = published.get(name);
      if (!tensor) {
        throw new RangeError(`The model has no weight ${name}`);
      }
      const value = g.weight(tensor);
      return elementTypeOfWeight(tensor) === elementType ? value : g.cast(value, elementType);
    });
  const zeros = (size: number) =>
    once(`zeros ${size}`, () => g.cast(g.float32s(new Float32Array(size), size), elementType));
  return {
    dimensions,
    encoderLayers: layersOf(published, 'model.encoder.layers.'),
    elementType,
    weight,
    stackedWeight: (...names) => once(names.join(' '), () => g.concat(names.map(weight), 0)),
    attentionBias: (attention) =>
      once(`${attention} bias`, () =>
        g.concat(
          [
            weight(`${attention}.q_proj.bias`),
            zeros(dimensions.decoderHeads * dimensions.headSize),
            weight(`${attention}.v_proj.bias`),
          ],
          0,
        ),
      ),
  };
}

/** The element type of a network by its precision. */
export const NETWORK_TYPES = { fp32: ELEMENT.float32, fp16: ELEMENT.float16 } as const;

function layersOf(published: PublishedWeights, prefix: string): number {
  const numbers = [...published.keys()].flatMap((name) =>
    name.startsWith(prefix) ? [Number.parseInt(name.slice(prefix.length), 10)] : [],
  );
  return Math.max(-1, ...numbers) + 1;
}
