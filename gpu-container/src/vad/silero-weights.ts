import { type OnnxGraph, readModel } from '../onnx/graph/model-file.ts';
import { type Message, readMessage } from '../onnx/graph/wire-format.ts';

/** Weights of Silero VAD at 16 kHz, row by row, with the shapes they were trained in. */
export type SileroWeights = {
  /** Windowed Fourier basis, [258, 256]: 129 cosines, then 129 sines, of 256 samples each. */
  readonly basis: Float32Array;
  /** The four convolutions over time, in order. */
  readonly convolutions: readonly ConvolutionWeights[];
  readonly lstm: LstmWeights;
  /** The last layer: 128 weights and a bias. */
  readonly output: { readonly weight: Float32Array; readonly bias: Float32Array };
};

export type ConvolutionWeights = {
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** [outputs, inputs, 3 taps] */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
};

/** Weights [512, 128] and biases [512]; gates in PyTorch's order: input, forget, cell, output. */
export type LstmWeights = {
  readonly input: Float32Array;
  readonly hidden: Float32Array;
  readonly inputBias: Float32Array;
  readonly hiddenBias: Float32Array;
};

/** Channels before, between and after the four convolutions. */
const CHANNELS = [129, 128, 64, 64, 128];

// Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
const ATTRIBUTE_TENSOR = 5;
const TENSOR = { name: 8, rawData: 9 };

/**
 * Reads the weights out of Silero's ONNX file (v6), which holds two
 * networks, for 16 and for 8 kHz, in the branches of one If.
 *
 * @throws RangeError when the file holds another network
 */
export function readSileroWeights(file: Uint8Array): SileroWeights {
  const choice = readModel(file).graph.nodes.find(({ opType }) => opType === 'If');
  const branch = choice?.attributes.find(({ name }) => name === 'then_branch')?.graph;
  const constants = branch === undefined ? new Map<string, Float32Array>() : constantsOf(branch);

  const weight = (name: string, size: number): Float32Array => {
    const values = constants.get(name);
    if (values?.length !== size) {
      throw new RangeError(`Silero VAD at 16 kHz has ${size} numbers in ${name}`);
    }
    return values;
  };
  return {
    basis: weight('stft.forward_basis_buffer', 258 * 256),
    convolutions: CHANNELS.slice(1).map((outputChannels, layer) => {
      const inputChannels = CHANNELS[layer]!;
      const name = `encoder.${layer}.reparam_conv`;
      return {
        inputChannels,
        outputChannels,
        weight: weight(`${name}.weight`, outputChannels * inputChannels * 3),
        bias: weight(`${name}.bias`, outputChannels),
      };
    }),
    lstm: {
      input: weight('decoder.rnn.weight_ih', 512 * 128),
      hidden: weight('decoder.rnn.weight_hh', 512 * 128),
      inputBias: weight('decoder.rnn.bias_ih', 512),
      hiddenBias: weight('decoder.rnn.bias_hh', 512),
    },
    output: {
      weight: weight('decoder.decoder.2.weight', 128),
      bias: weight('decoder.decoder.2.bias', 1),
    },
  };
}

/** The named constants of a graph, read as 32-bit floats. */
function constantsOf(graph: OnnxGraph): Map<string, Float32Array> {
  const constants = new Map<string, Float32Array>();
  for (const { opType, attributes } of graph.nodes) {
    const tensor = opType === 'Constant' ? bytesOf(attributes[0]?.rest, ATTRIBUTE_TENSOR) : null;
    const fields = tensor ? readMessage(tensor) : [];
    const name = Buffer.from(bytesOf(fields, TENSOR.name) ?? []).toString('utf8');
    const data = bytesOf(fields, TENSOR.rawData);
    if (name !== '' && data !== undefined) {
      // A copy: the file's bytes need not lie on a multiple of four, and a Buffer's slice is no copy.
      constants.set(name, new Float32Array(new Uint8Array(data).buffer));
    }
  }
  return constants;
}

function bytesOf(message: Message | undefined, number: number): Uint8Array | undefined {
  const payload = message?.find((field) => field.number === number)?.payload;
  return payload instanceof Uint8Array ? payload : undefined;
}
