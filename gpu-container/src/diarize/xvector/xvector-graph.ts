import { floatAttribute, intAttribute, intsAttribute } from '../../onnx/graph/literals.ts';
import { type NetworkWriter, networkWriter } from '../../onnx/graph/network-writer.ts';
import {
  type Affine,
  type ConvolutionLayer,
  EMBEDDING_DIMS,
  POOLED_CHANNELS,
  type XvectorWeights,
} from './xvector-weights.ts';

const INSTANCE_NORM_EPSILON = 1e-5;
const LEAK = 0.01;
const SINC_STRIDE = 10;
const POOL = 3;
const TDNN_DILATIONS = [1, 2, 3, 1, 1];

/** Samples from one frame to the next: 16.875 ms. */
export const FRAME_STEP_SAMPLES = SINC_STRIDE * POOL ** 3;
/** Samples that a frame is computed from. */
export const FRAME_SPAN_SAMPLES = 4771;

/** How many frames there are of so many samples. */
export function frameCount(samples: number): number {
  return Math.max(0, Math.floor((samples - FRAME_SPAN_SAMPLES) / FRAME_STEP_SAMPLES) + 1);
}

/**
 * pyannote/embedding as a graph that embeds many stretches of one chunk at once:
 *
 * - `waveform` [batch, 1, samples]
 * - `weights` [batch, stretches, frames]: how much each frame counts, from 0 to 1
 * - `embeddings` [batch, stretches, 512], not of unit length
 *
 * The published graph makes one embedding of one waveform. What takes its time
 * is the frames, 1500 numbers every 17 ms; a stretch only takes their mean and
 * standard deviation. So stretches that overlap can share their frames, and
 * those in which somebody else talks can be left out, by a weight of 0, as
 * the pooling of pyannote.audio does it
 * (https://github.com/pyannote/pyannote-audio, models/blocks/pooling.py). The
 * normalisations over time go over the whole chunk.
 *
 * @returns the bytes of an ONNX file
 */
export function xvectorGraph(weights: XvectorWeights): Uint8Array {
  const network = networkWriter('xvector-stretches');
  let features = instanceNorm(network, 'waveform', weights.waveformNorm);
  for (const [layer, { convolution, norm }] of weights.sincnet.entries()) {
    const filtered = convolve(network, features, convolution, {
      stride: layer === 0 ? SINC_STRIDE : 1,
    });
    const pooled = network.operator(
      'MaxPool',
      [layer === 0 ? network.operator('Abs', [filtered]) : filtered],
      intsAttribute('kernel_shape', [POOL]),
      intsAttribute('strides', [POOL]),
    );
    features = leakyRelu(network, instanceNorm(network, pooled, norm));
  }
  for (const [layer, { convolution }] of weights.tdnns.entries()) {
    const folded = afterNorm(convolution, weights.tdnns[layer - 1]?.norm);
    const dilation = TDNN_DILATIONS[layer] ?? 1;
    features = leakyRelu(network, convolve(network, features, folded, { dilation }));
  }
  const embeddings = embed(network, poolStretches(network, features), weights);
  return network.write(
    { waveform: ['batch', 1, 'samples'], weights: ['batch', 'stretches', 'frames'] },
    [{ name: 'embeddings', value: embeddings, shape: ['batch', 'stretches', EMBEDDING_DIMS] }],
  );
}

function convolve(
  network: NetworkWriter,
  input: string,
  { outputs, inputs, taps, weight, bias }: ConvolutionLayer,
  { stride = 1, dilation = 1 }: { stride?: number; dilation?: number },
): string {
  return network.operator(
    'Conv',
    [
      input,
      network.weight(weight, outputs, inputs, taps),
      ...(bias === undefined ? [] : [network.weight(bias, outputs)]),
    ],
    intsAttribute('kernel_shape', [taps]),
    intsAttribute('strides', [stride]),
    intsAttribute('dilations', [dilation]),
  );
}

function instanceNorm(network: NetworkWriter, input: string, { scale, shift }: Affine): string {
  return network.operator(
    'InstanceNormalization',
    [input, network.weight(scale, scale.length), network.weight(shift, shift.length)],
    floatAttribute('epsilon', INSTANCE_NORM_EPSILON),
  );
}

function leakyRelu(network: NetworkWriter, input: string): string {
  return network.operator('LeakyRelu', [input], floatAttribute('alpha', LEAK));
}

/**
 * The convolution that sees its input before a normalisation and gives what it
 * would give after it: there is no padding that the shift would not reach.
 */
function afterNorm(convolution: ConvolutionLayer, norm: Affine | undefined): ConvolutionLayer {
  if (norm === undefined) {
    return convolution;
  }
  const { outputs, inputs, taps } = convolution;
  const weight = Float32Array.from(convolution.weight);
  const bias = Float32Array.from(convolution.bias ?? new Float32Array(outputs));
  for (let index = 0; index < weight.length; index++) {
    const channel = Math.floor(index / taps) % inputs;
    const output = Math.floor(index / (taps * inputs));
    bias[output]! += weight[index]! * norm.shift[channel]!;
    weight[index]! *= norm.scale[channel]!;
  }
  return { ...convolution, weight, bias };
}

/** Weighted means and standard deviations, [batch, stretches, 3000], of frames [batch, 1500, frames]. */
function poolStretches(network: NetworkWriter, frames: string): string {
  const op = network.operator;
  const lastAxis = network.integers(2);
  const byFrame = op('Transpose', [frames], intsAttribute('perm', [0, 2, 1]));
  const total = op('ReduceSum', ['weights', lastAxis]);
  const squaredTotal = op('ReduceSum', [op('Mul', ['weights', 'weights']), lastAxis]);
  const share = op('Div', ['weights', total]);
  const mean = op('MatMul', [share, byFrame]);
  const meanSquare = op('MatMul', [share, op('Mul', [byFrame, byFrame])]);
  const spread = op('Relu', [op('Sub', [meanSquare, op('Mul', [mean, mean])])]);
  // Of n frames that count alike it is the variance with n - 1 below it.
  const unbiased = op('Div', [total, op('Sub', [total, op('Div', [squaredTotal, total])])]);
  const deviation = op('Sqrt', [op('Mul', [spread, unbiased])]);
  return op('Concat', [mean, deviation], intAttribute('axis', 2));
}

/** The last layer, which takes over the normalisation before the pooling: it is linear in either. */
function embed(network: NetworkWriter, pooled: string, weights: XvectorWeights): string {
  const { scale, shift } = weights.tdnns.at(-1)!.norm;
  const width = 2 * POOLED_CHANNELS;
  const bias = Float32Array.from(weights.embedding.bias);
  const transposed = new Float32Array(width * EMBEDDING_DIMS);
  for (let output = 0; output < EMBEDDING_DIMS; output++) {
    for (let channel = 0; channel < POOLED_CHANNELS; channel++) {
      const row = output * width + channel;
      const [ofMean, ofDeviation] = [
        weights.embedding.weight[row]!,
        weights.embedding.weight[row + POOLED_CHANNELS]!,
      ];
      bias[output]! += ofMean * shift[channel]!;
      transposed[channel * EMBEDDING_DIMS + output] = ofMean * scale[channel]!;
      transposed[(channel + POOLED_CHANNELS) * EMBEDDING_DIMS + output] =
        ofDeviation * Math.abs(scale[channel]!);
    }
  }
  return network.operator('Add', [
    network.operator('MatMul', [pooled, network.weight(transposed, width, EMBEDDING_DIMS)]),
    network.weight(bias, EMBEDDING_DIMS),
  ]);
}
