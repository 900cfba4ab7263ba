/// <reference lib="esnext.float16" />
import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { writeChoice } from '../../../../../../gpu-container/src/onnx/graph/choice.ts';
import {
  type GraphBuilder,
  graphBuilder,
  type Value,
} from '../../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  NETWORK_OPSET,
  type WhisperNetwork,
  whisperNetwork,
} from '../../../../../../gpu-container/src/transcribe/whisper/network/network.ts';
import { modelOf, runModel, weight } from '../../../onnx/graph/run-model.ts';
import { DIMENSIONS } from '../in-graph/synthetic-decoder.ts';

const ATTENTION = 'model.encoder.layers.1.self_attn';
const SINGLE = Float32Array.of(1, 2);
const HALF = new Uint16Array(Float16Array.of(0.5, -4).buffer);
const PUBLISHED = new Map(
  [
    weight(`${ATTENTION}.q_proj.bias`, ELEMENT.float32, SINGLE, [2]),
    weight(`${ATTENTION}.v_proj.bias`, ELEMENT.float16, HALF, [2]),
  ].map((tensor) => [tensor.name, tensor]),
);
/** Of the size of the weights above. */
const WIDTH = { ...DIMENSIONS, decoderHeads: 1, headSize: 2 };

describe('the weights of a network', () => {
  const [q, v] = ['q_proj.bias', 'v_proj.bias'].map((name) => `${ATTENTION}.${name}`);

  it('are read in its precision, whichever they are published in', async () => {
    const both = (g: GraphBuilder, network: WhisperNetwork) =>
      g.concat([network.weight(q!), network.weight(v!)], 0);

    expect(await run(both)).toEqual([1, 2, 0.5, -4]);
    expect(await run(both, ELEMENT.float16)).toEqual([1, 2, 0.5, -4]);
  });

  it('are there once, and everywhere, where a branch asked for them first', async () => {
    const everywhere = (g: GraphBuilder, network: WhisperNetwork) => {
      const types = { x: ELEMENT.float32 };
      const { x } = writeChoice(g, 'condition', types, {
        whenTrue: (branch) => ({ x: branch.mul(network.weight(v!), network.weight(q!)) }),
        whenFalse: () => ({ x: network.weight(v!) }),
      });
      return g.add(x, network.weight(v!));
    };

    expect(await run(everywhere)).toEqual([1, -12]);
    const { g } = write(everywhere);
    expect(g.initializers).toHaveLength(2);
    expect(
      g.nodes.filter(({ opType, inputs }) => opType === 'Cast' && inputs[0] === v),
    ).toHaveLength(1);
  });

  it('lie one below the other where one product is to do for several', async () => {
    const stacked = (_: GraphBuilder, network: WhisperNetwork) => network.stackedWeight(v!, q!);
    expect(await run(stacked)).toEqual([0.5, -4, 1, 2]);
  });

  it('have zeros in the place of the biases that keys do without', async () => {
    const bias = (_: GraphBuilder, network: WhisperNetwork) => network.attentionBias(ATTENTION);
    expect(await run(bias)).toEqual([1, 2, 0, 0, 0.5, -4]);
  });

  it('tell by their names how many layers the encoder has', () => {
    const g = graphBuilder('g/', NETWORK_OPSET);
    expect(whisperNetwork(g, PUBLISHED, WIDTH, ELEMENT.float32).encoderLayers).toBe(2);
    expect(whisperNetwork(g, new Map(), WIDTH, ELEMENT.float32).encoderLayers).toBe(0);
  });
});

type Write = (g: GraphBuilder, network: WhisperNetwork) => Value;

function write(writeValue: Write, elementType: number = ELEMENT.float32) {
  const g = graphBuilder('g/', NETWORK_OPSET);
  const value = writeValue(g, whisperNetwork(g, PUBLISHED, WIDTH, elementType));
  g.name(g.cast(value, ELEMENT.float32), 'y');
  return { g };
}

function run(writeValue: Write, elementType?: number): Promise<number[]> {
  const { g } = write(writeValue, elementType);
  const model = modelOf(
    {
      nodes: g.nodes,
      initializers: g.initializers,
      inputs: [tensorValue('condition', ELEMENT.bool, [])],
      outputs: [tensorValue('y', ELEMENT.float32, ['size'])],
    },
    NETWORK_OPSET,
  );
  return runModel(model, { condition: new Tensor('bool', [true], []) });
}
