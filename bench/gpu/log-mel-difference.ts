import { Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../gpu-container/src/onnx/graph/literals.ts';
import { newModel, writeModel } from '../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession, type SessionOptions } from '../../gpu-container/src/onnx/session.ts';
import {
  logMel,
  WINDOW_FRAMES,
  WINDOW_SAMPLES,
} from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import { writeLogMel } from '../../gpu-container/src/transcribe/whisper/network/log-mel-graph.ts';
import { NETWORK_OPSET } from '../../gpu-container/src/transcribe/whisper/network/network.ts';

/**
 * The largest difference between the features that the device's graph makes of
 * samples and those of the product's own log-mel on the CPU, of which a model was
 * never taught to mind 1e-3: they reach from −1 to 2.
 */
export async function logMelDifference(
  windows: readonly Float32Array[],
  melBins: number,
  device: NonNullable<SessionOptions['device']>,
): Promise<number> {
  const session = await openSession('log-mel.onnx', { device }, logMelModel(melBins));
  const extract = logMel(melBins);
  let worst = 0;
  for (const spoken of windows) {
    const samples = new Float32Array(WINDOW_SAMPLES);
    samples.set(spoken);
    const input = new Tensor('float32', samples, [1, WINDOW_SAMPLES]);
    const { features } = await session.run({ samples: input }, ['features']);
    const written = features.data as Float32Array;
    const expected = extract(spoken);
    for (let frame = 0; frame < WINDOW_FRAMES; frame++) {
      for (let bin = 0; bin < melBins; bin++) {
        const difference = written[frame * melBins + bin]! - expected[bin * WINDOW_FRAMES + frame]!;
        worst = Math.max(worst, Math.abs(difference));
      }
    }
  }
  await session.dispose();
  return worst;
}

function logMelModel(melBins: number): Uint8Array {
  const g = graphBuilder('log-mel/', NETWORK_OPSET);
  g.name(writeLogMel(g, 'samples', melBins), 'features');
  return writeModel(
    newModel(
      {
        name: 'log-mel',
        nodes: g.nodes,
        initializers: g.initializers,
        inputs: [tensorValue('samples', ELEMENT.float32, ['batch', WINDOW_SAMPLES])],
        outputs: [tensorValue('features', ELEMENT.float32, ['batch', WINDOW_FRAMES, melBins])],
        rest: [],
      },
      NETWORK_OPSET,
    ),
  );
}
