import { readOrtWeights } from '../../onnx/graph/ort-weights.ts';

/** A layer of convolution over time: [outputs, inputs, taps], and a bias where it has one. */
export type ConvolutionLayer = {
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
};

/** Scale and shift of a normalisation, one number per channel each. */
export type Affine = { readonly scale: Float32Array; readonly shift: Float32Array };

/** Weights of pyannote/embedding: an x-vector over a SincNet front end. */
export type XvectorWeights = {
  readonly waveformNorm: Affine;
  /** Three convolutions, each followed by pooling and a normalisation over time. */
  readonly sincnet: readonly { readonly convolution: ConvolutionLayer; readonly norm: Affine }[];
  /** Five time-delay layers, each followed by a batch normalisation, given as what it amounts to. */
  readonly tdnns: readonly { readonly convolution: ConvolutionLayer; readonly norm: Affine }[];
  /** [512, 3000] over means and standard deviations, and its bias. */
  readonly embedding: { readonly weight: Float32Array; readonly bias: Float32Array };
};

export const EMBEDDING_DIMS = 512;
const BATCH_NORM_EPSILON = 1e-5;

/** [outputs, inputs, taps] of each convolution. The first has no bias, and its filters are sinc functions. */
const SINCNET_SHAPES = [
  [80, 1, 251],
  [60, 80, 5],
  [60, 60, 5],
] as const;
const TDNN_SHAPES = [
  [512, 60, 5],
  [512, 512, 3],
  [512, 512, 3],
  [512, 512, 1],
  [1500, 512, 1],
] as const;
/** The channels whose means and standard deviations are embedded. */
export const POOLED_CHANNELS = 1500;

const SINC_FILTERS = '/sincnet/conv1d.0/Concat_2_output_0';

/**
 * Reads the weights of pyannote/embedding (https://huggingface.co/pyannote/embedding)
 * out of its file in the ORT format.
 *
 * @throws RangeError when the bytes are no such model
 */
export function readXvectorWeights(file: Uint8Array): XvectorWeights {
  const weights = readOrtWeights(file);
  const numbers = (name: string, count: number): Float32Array => {
    const values = weights.get(name)?.values;
    if (values?.length !== count) {
      throw new RangeError(`pyannote/embedding has ${count} numbers in ${name}`);
    }
    return values;
  };
  const affine = (name: string, channels: number): Affine => ({
    scale: numbers(`${name}.weight`, channels),
    shift: numbers(`${name}.bias`, channels),
  });
  const convolution = (
    [outputs, inputs, taps]: readonly [number, number, number],
    weight: string,
    bias?: string,
  ): ConvolutionLayer => ({
    outputs,
    inputs,
    taps,
    weight: numbers(weight, outputs * inputs * taps),
    bias: bias === undefined ? undefined : numbers(bias, outputs),
  });

  return {
    waveformNorm: affine('sincnet.wav_norm1d', 1),
    sincnet: SINCNET_SHAPES.map((shape, layer) => {
      const name = `sincnet.conv1d.${layer}`;
      return {
        convolution:
          layer === 0
            ? convolution(shape, SINC_FILTERS)
            : convolution(shape, `${name}.weight`, `${name}.bias`),
        norm: affine(`sincnet.norm1d.${layer}`, shape[0]),
      };
    }),
    tdnns: TDNN_SHAPES.map((shape, layer) => {
      const [name, norm] = [`tdnns.${3 * layer}`, `tdnns.${3 * layer + 2}`];
      return {
        convolution: convolution(shape, `${name}.weight`, `${name}.bias`),
        norm: batchNorm(
          affine(norm, shape[0]),
          numbers(`${norm}.running_mean`, shape[0]),
          numbers(`${norm}.running_var`, shape[0]),
        ),
      };
    }),
    embedding: {
      weight: numbers('embedding.weight', EMBEDDING_DIMS * 2 * POOLED_CHANNELS),
      bias: numbers('embedding.bias', EMBEDDING_DIMS),
    },
  };
}

/** What a batch normalisation that is trained amounts to: a scale and a shift of each channel. */
function batchNorm(affine: Affine, mean: Float32Array, variance: Float32Array): Affine {
  const scale = affine.scale.map(
    (value, channel) => value / Math.sqrt(variance[channel]! + BATCH_NORM_EPSILON),
  );
  return {
    scale,
    shift: affine.shift.map((value, channel) => value - mean[channel]! * scale[channel]!),
  };
}
