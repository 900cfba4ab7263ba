import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  logMel,
  WINDOW_FRAMES,
  WINDOW_SAMPLES,
} from '../../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { writeLogMel } from '../../../../../../gpu-container/src/transcribe/whisper/network/log-mel-graph.ts';
import { modelOf, runModel } from '../../../onnx/graph/run-model.ts';
import { readKennedy } from '../../demo-speech.ts';

/** The graph adds up in single precision, and lets the quietest bands show it. */
const TOLERANCE = 1e-4;

describe.each([80, 128])('the log-mel graph of %i bands', (melBins) => {
  it('gives, window by window, what the feature extractor gives', async () => {
    const speech = await readKennedy();
    const windows = [
      padded(speech.subarray(0, 70_000)),
      repeated(speech),
      noise(),
      new Float32Array(WINDOW_SAMPLES),
    ];
    const extract = logMel(melBins);
    const features = await runGraph(windows, melBins);

    expect(features).toHaveLength(windows.length);
    for (const [row, window] of windows.entries()) {
      expect(furthest(features[row]!, extract(window), melBins)).toBeLessThan(TOLERANCE);
    }
  });
});

it('hears a window as if it were alone, however loud the others are', async () => {
  const quiet = noise().map((sample) => sample / 1000);
  const [alone] = await runGraph([quiet], 80);
  const [beside] = await runGraph([quiet, noise()], 80);

  expect(beside).toEqual(alone);
});

/** Per window [3000, melBins] */
async function runGraph(windows: readonly Float32Array[], melBins: number) {
  const g = graphBuilder('mel/', 17);
  g.name(writeLogMel(g, 'samples', melBins), 'features');
  const model = modelOf(
    {
      nodes: g.nodes,
      inputs: [tensorValue('samples', ELEMENT.float32, ['batch', WINDOW_SAMPLES])],
      outputs: [tensorValue('features', ELEMENT.float32, ['batch', WINDOW_FRAMES, melBins])],
    },
    17,
  );
  const samples = new Float32Array(windows.length * WINDOW_SAMPLES);
  for (const [row, window] of windows.entries()) {
    samples.set(window, row * WINDOW_SAMPLES);
  }
  const shape = [windows.length, WINDOW_SAMPLES];
  const features = await runModel(model, { samples: new Tensor('float32', samples, shape) });
  const size = WINDOW_FRAMES * melBins;
  return windows.map((_, row) => features.slice(row * size, (row + 1) * size));
}

/** @param expected the other way round, [melBins, 3000] */
function furthest(actual: readonly number[], expected: Float32Array, melBins: number): number {
  return actual.reduce((most, value, index) => {
    const [frame, bin] = [Math.floor(index / melBins), index % melBins];
    const difference = Math.abs(value - expected[bin * WINDOW_FRAMES + frame]!);
    // A NaN is as far off as can be.
    return difference <= most ? most : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

function padded(samples: Float32Array): Float32Array {
  const window = new Float32Array(WINDOW_SAMPLES);
  window.set(samples);
  return window;
}

/** Speech to the last sample. */
function repeated(speech: Float32Array): Float32Array {
  return Float32Array.from({ length: WINDOW_SAMPLES }, (_, at) => speech[at % speech.length]!);
}

function noise(): Float32Array {
  let state = 1;
  return Float32Array.from({ length: WINDOW_SAMPLES }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
