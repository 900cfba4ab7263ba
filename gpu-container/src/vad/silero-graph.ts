import { intAttribute } from '../onnx/graph/literals.ts';
import { type NetworkWriter, networkWriter } from '../onnx/graph/network-writer.ts';
import type { ConvolutionWeights, LstmWeights, SileroWeights } from './silero-weights.ts';

/** Samples that one speech probability stands for: 32 ms. */
export const FRAME_SAMPLES = 512;
/** Samples before a frame that are judged with it. */
export const CONTEXT_SAMPLES = 64;
/** Samples of a row of the graph's input. */
export const INPUT_SAMPLES = CONTEXT_SAMPLES + FRAME_SAMPLES;
/** Hidden and cell state. */
export const STATE_SHAPE = [2, 1, 128];

const WINDOW_SAMPLES = 256;
const HOP_SAMPLES = 128;
const WINDOWS = FRAME_SAMPLES / HOP_SAMPLES;
/** Samples by which the last window of a frame reaches past its end. */
const MIRRORED_SAMPLES = 64;
const TAPS = 3;
/** Step of each convolution over the windows: 4 of them become 4, 2, 1 and 1 columns. */
const STRIDES = [1, 2, 2, 1];
const HIDDEN = 128;

/**
 * Silero VAD at 16 kHz as a graph over consecutive frames of one recording:
 *
 * - `input` [frames, 576]: the 64 samples before each frame, and its own 512
 * - `state` [2, 1, 128]: hidden and cell state as the frame before left them
 * - `output` [frames, 1]: speech probabilities
 * - `stateN` [2, 1, 128]: the state that the last frame leaves
 *
 * The published graph has this signature too, but its rows are frames of
 * different recordings, so that every frame of one needs a run of its own. All
 * layers but the LSTM see one frame alone: here each is one matrix product over
 * all frames, and only the LSTM goes through them step by step.
 *
 * @returns the bytes of an ONNX file
 */
export function sileroGraph(weights: SileroWeights): Uint8Array {
  const network = networkWriter('silero-vad-16khz');
  let columns = magnitudes(network, 'input', weights.basis);
  for (const [layer, convolution] of weights.convolutions.entries()) {
    columns = convolve(network, columns, convolution, STRIDES[layer] ?? 1);
  }
  const { hidden, state } = recur(network, columns[0]!, weights.lstm);
  const speech = network.operator(
    'Gemm',
    [
      network.operator('Relu', [hidden]),
      network.weight(weights.output.weight, 1, HIDDEN),
      network.weight(weights.output.bias, 1),
    ],
    intAttribute('transB', 1),
  );
  return network.write({ input: ['frames', INPUT_SAMPLES], state: STATE_SHAPE }, [
    { name: 'output', value: network.operator('Sigmoid', [speech]), shape: ['frames', 1] },
    { name: 'stateN', value: state, shape: STATE_SHAPE },
  ]);
}

/**
 * The magnitude spectra, [frames, 129], of the four windows of a frame. The last
 * window reaches 64 samples past the end, where it sees the samples before the
 * end once more, backwards.
 */
function magnitudes(network: NetworkWriter, frames: string, basis: Float32Array): string[] {
  const rows = basis.length / WINDOW_SAMPLES;
  const whole = network.weight(basis, rows, WINDOW_SAMPLES);
  const folded = network.weight(foldEnd(basis), rows, WINDOW_SAMPLES - MIRRORED_SAMPLES);
  const columnAxis = network.integers(1);
  return Array.from({ length: WINDOWS }, (_, window) => {
    const start = window * HOP_SAMPLES;
    const end = Math.min(start + WINDOW_SAMPLES, INPUT_SAMPLES);
    const samples = network.operator('Slice', [
      frames,
      network.integers(start),
      network.integers(end),
      columnAxis,
    ]);
    const transform = network.operator(
      'Gemm',
      [samples, end - start === WINDOW_SAMPLES ? whole : folded],
      intAttribute('transB', 1),
    );
    const { cosines, sines } = network.operatorOf(
      ['cosines', 'sines'],
      'Split',
      [network.operator('Mul', [transform, transform])],
      intAttribute('axis', 1),
    );
    return network.operator('Sqrt', [network.operator('Add', [cosines, sines])]);
  });
}

/** A basis for windows that lack their last 64 samples: what it has for those goes to their mirror images. */
function foldEnd(basis: Float32Array): Float32Array {
  const length = WINDOW_SAMPLES - MIRRORED_SAMPLES;
  const folded = new Float32Array((basis.length / WINDOW_SAMPLES) * length);
  for (let row = 0; row * length < folded.length; row++) {
    for (let sample = 0; sample < WINDOW_SAMPLES; sample++) {
      const image = sample < length ? sample : 2 * (length - 1) - sample;
      folded[row * length + image]! += basis[row * WINDOW_SAMPLES + sample]!;
    }
  }
  return folded;
}

/**
 * A convolution over a few columns, [frames, channels] each, with one column of
 * zeros on either side, and ReLU after it. Each column that results is one
 * matrix product; taps that fall on the zeros are left out of it.
 */
function convolve(
  network: NetworkWriter,
  columns: readonly string[],
  convolution: ConvolutionWeights,
  stride: number,
): string[] {
  const { inputChannels, outputChannels } = convolution;
  const bias = network.weight(convolution.bias, outputChannels);
  const centres = Array.from(columns.keys()).filter((column) => column % stride === 0);
  return centres.map((centre) => {
    const taps = Array.from({ length: TAPS }, (_, tap) => tap).filter(
      (tap) => columns[centre + tap - 1] !== undefined,
    );
    const seen = taps.map((tap) => columns[centre + tap - 1]!);
    const product = network.operator(
      'Gemm',
      [
        network.operator('Concat', seen, intAttribute('axis', 1)),
        network.weight(tapMatrix(convolution, taps), outputChannels, taps.length * inputChannels),
        bias,
      ],
      intAttribute('transB', 1),
    );
    return network.operator('Relu', [product]);
  });
}

/** Weights [outputs, inputs, 3 taps] as [outputs, chosen taps × inputs]. */
function tapMatrix(
  { inputChannels, outputChannels, weight }: ConvolutionWeights,
  taps: readonly number[],
): Float32Array {
  const matrix = new Float32Array(outputChannels * taps.length * inputChannels);
  let index = 0;
  for (let output = 0; output < outputChannels; output++) {
    for (const tap of taps) {
      for (let input = 0; input < inputChannels; input++) {
        matrix[index++] = weight[(output * inputChannels + input) * TAPS + tap]!;
      }
    }
  }
  return matrix;
}

/** The LSTM over the frames in turn: hidden states [frames, 128], and the state it ends in. */
function recur(
  network: NetworkWriter,
  features: string,
  lstm: LstmWeights,
): { hidden: string; state: string } {
  const before = network.operatorOf(
    ['hidden', 'cell'],
    'Split',
    ['state'],
    intAttribute('axis', 0),
  );
  const biases = [...inOnnxOrder(lstm.inputBias), ...inOnnxOrder(lstm.hiddenBias)];
  const after = network.operatorOf(
    ['all', 'hidden', 'cell'],
    'LSTM',
    [
      network.operator('Unsqueeze', [features, network.integers(1)]),
      network.weight(inOnnxOrder(lstm.input), 1, 4 * HIDDEN, HIDDEN),
      network.weight(inOnnxOrder(lstm.hidden), 1, 4 * HIDDEN, HIDDEN),
      network.weight(Float32Array.from(biases), 1, 8 * HIDDEN),
      '',
      before.hidden,
      before.cell,
    ],
    intAttribute('hidden_size', HIDDEN),
  );
  return {
    hidden: network.operator('Squeeze', [after.all, network.integers(1, 2)]),
    state: network.operator('Concat', [after.hidden, after.cell], intAttribute('axis', 0)),
  };
}

/** Gates as ONNX has them (input, output, forget, cell), from PyTorch's input, forget, cell, output. */
function inOnnxOrder(gates: Float32Array): Float32Array {
  const size = gates.length / 4;
  const gate = (index: number) => gates.subarray(index * size, (index + 1) * size);
  return Float32Array.of(...gate(0), ...gate(3), ...gate(1), ...gate(2));
}
