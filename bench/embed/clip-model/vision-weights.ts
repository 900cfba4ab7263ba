import { createRandom, type Random } from '../../diarize/mixture/random.ts';
import { positionsOf, type VisionShape } from './vision-shape.ts';

/** x · matrix + bias, with the matrix as [inputs, outputs]. */
export type Linear = { readonly matrix: Float32Array; readonly bias: Float32Array };

export type Normalisation = { readonly gain: Float32Array; readonly bias: Float32Array };

export type LayerWeights = {
  readonly beforeAttention: Normalisation;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly beforeMlp: Normalisation;
  readonly expand: Linear;
  readonly contract: Linear;
};

export type VisionWeights = {
  /** [width, 3, patchSize, patchSize] */
  readonly patches: Float32Array;
  /** [width] */
  readonly classPosition: Float32Array;
  /** [positions, width] */
  readonly positions: Float32Array;
  readonly beforeLayers: Normalisation;
  readonly layers: readonly LayerWeights[];
  readonly afterLayers: Normalisation;
  /** [width, dims] */
  readonly projection: Float32Array;
};

const CHANNELS = 3;
const POSITION_DEVIATION = 0.1;
const BIAS_DEVIATION = 0.02;

/**
 * Weights that keep what passes through them at about the same scale, so that
 * different pictures have different embeddings, and nothing overflows or dies out.
 *
 * @param seed a whole number; the same weights for the same one
 */
export function randomVisionWeights(shape: VisionShape, seed: number): VisionWeights {
  const { width, mlpWidth, patchSize, dims } = shape;
  const random = createRandom(seed);
  const linear = (inputs: number, outputs: number): Linear => ({
    matrix: spread(random, inputs * outputs, 1 / Math.sqrt(inputs)),
    bias: spread(random, outputs, BIAS_DEVIATION),
  });
  const normalisation = (): Normalisation => ({
    gain: spread(random, width, BIAS_DEVIATION, 1),
    bias: spread(random, width, BIAS_DEVIATION),
  });
  const patchLength = CHANNELS * patchSize ** 2;
  return {
    patches: spread(random, width * patchLength, 1 / Math.sqrt(patchLength)),
    classPosition: spread(random, width, POSITION_DEVIATION),
    positions: spread(random, positionsOf(shape) * width, POSITION_DEVIATION),
    beforeLayers: normalisation(),
    layers: Array.from({ length: shape.layers }, () => ({
      beforeAttention: normalisation(),
      query: linear(width, width),
      key: linear(width, width),
      value: linear(width, width),
      output: linear(width, width),
      beforeMlp: normalisation(),
      expand: linear(width, mlpWidth),
      contract: linear(mlpWidth, width),
    })),
    afterLayers: normalisation(),
    projection: spread(random, width * dims, 1 / Math.sqrt(width)),
  };
}

/** Evenly spread numbers: for a sum of many it is their deviation that counts, and these are made faster. */
function spread(random: Random, length: number, deviation: number, mean = 0): Float32Array {
  const reach = Math.sqrt(3) * deviation;
  const values = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    values[index] = random.uniform(mean - reach, mean + reach);
  }
  return values;
}
