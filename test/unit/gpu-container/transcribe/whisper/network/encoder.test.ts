import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { floatsOf } from '../../../../../../gpu-container/src/onnx/float-tensor.ts';
import { graphBuilder } from '../../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  importMicrosoftOperators,
  newModel,
  writeModel,
} from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import {
  logMel,
  WINDOW_FRAMES,
} from '../../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { encodeFeatures } from '../../../../../../gpu-container/src/transcribe/whisper/encoder.ts';
import { writeEncoder } from '../../../../../../gpu-container/src/transcribe/whisper/network/encoder.ts';
import {
  NETWORK_OPSET,
  type PublishedWeights,
  whisperNetwork,
} from '../../../../../../gpu-container/src/transcribe/whisper/network/network.ts';
import { readPublishedWeights } from '../../../../../../gpu-container/src/transcribe/whisper/network/published-weights.ts';
import { readKennedy } from '../../demo-speech.ts';
import { type PublishedTiny, publishedTiny, readClip } from '../published-tiny.ts';

/**
 * Of states around 1. On a CPU, SkipLayerNormalization takes the variance as the mean square less
 * the squared mean, which costs digits where one dimension is far from the others.
 */
const TOLERANCE = 3e-5;

describe('the encoder of whisper-tiny, from published weights', () => {
  let tiny: PublishedTiny;
  let published: PublishedWeights;

  beforeAll(async () => {
    tiny = await publishedTiny();
    published = await readPublishedWeights(tiny.files);
  });

  afterAll(() => tiny.dispose());

  it('hears in each window of a batch what an export of the same weights hears', async () => {
    const { dimensions } = tiny.whisper;
    const extract = logMel(dimensions.melBins);
    const clips = [await readKennedy(), await readClip('0890')].map(extract);
    const encoder = await tiny.openExport('encoder');
    const expected: Float32Array[] = [];
    for (const features of clips) {
      expected.push(floatsOf(await encodeFeatures(encoder, features, dimensions)));
    }
    await encoder.dispose();
    const states = await encode(clips);

    for (const [row, wanted] of expected.entries()) {
      expect(rmsDifference(states[row]!, wanted)).toBeLessThan(TOLERANCE);
    }
    expect(rmsDifference(states[0]!, expected[1]!)).toBeGreaterThan(0.1);
  });

  it.each(['model.encoder.conv2.bias', 'model.encoder.layers.3.fc2.weight'])(
    'cannot be written without %s',
    (name) => {
      const without = new Map([...published].filter(([other]) => other !== name));
      expect(() => encoderModel(without)).toThrow(
        new RangeError(`The model has no weight ${name}`),
      );
    },
  );

  /** @param clips features [melBins, 3000] */
  async function encode(clips: readonly Float32Array[]): Promise<Float32Array[]> {
    const { melBins, encoderPositions, decoderHeads, headSize } = tiny.whisper.dimensions;
    const path = tiny.weightsPath;
    const session = await openSession(path, {}, encoderModel(published));
    const turned = clips.map((features) =>
      Float32Array.from(
        { length: features.length },
        (_, at) => features[(at % melBins) * WINDOW_FRAMES + Math.floor(at / melBins)]!,
      ),
    );
    const features = new Tensor('float32', Float32Array.from(turned.flatMap((clip) => [...clip])), [
      clips.length,
      WINDOW_FRAMES,
      melBins,
    ]);
    const { states } = await session.run({ features }, ['states']);
    await session.dispose();
    const size = encoderPositions * decoderHeads * headSize;
    return clips.map((_, row) => floatsOf(states).subarray(row * size, (row + 1) * size));
  }

  function encoderModel(weights: PublishedWeights): Uint8Array {
    const { dimensions } = tiny.whisper;
    const g = graphBuilder('encoder/', NETWORK_OPSET);
    const network = whisperNetwork(g, weights, dimensions, ELEMENT.float32);
    g.name(writeEncoder(g, network, 'features'), 'states');
    const shape = ['batch', WINDOW_FRAMES, dimensions.melBins];
    const graph = {
      name: 'encoder',
      nodes: g.nodes,
      initializers: g.initializers,
      inputs: [tensorValue('features', ELEMENT.float32, shape)],
      outputs: [tensorValue('states', ELEMENT.float32)],
      rest: [],
    };
    return writeModel(importMicrosoftOperators(newModel(graph, NETWORK_OPSET)));
  }
});

function rmsDifference(actual: Float32Array, expected: Float32Array): number {
  const squares = actual.reduce((sum, value, at) => sum + (value - expected[at]!) ** 2, 0);
  return Math.sqrt(squares / expected.length);
}
