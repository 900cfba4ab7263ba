import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { writeModel } from '../../../../gpu-container/src/onnx/graph/model-file.ts';
import {
  lengthDelimitedField,
  varintField,
} from '../../../../gpu-container/src/onnx/graph/wire-format.ts';
import { type OnnxSession, openSession } from '../../../../gpu-container/src/onnx/session.ts';
import {
  openSpeechDetector,
  type SpeechDetector,
} from '../../../../gpu-container/src/vad/silero.ts';
import { readSileroWeights } from '../../../../gpu-container/src/vad/silero-weights.ts';
import { readKennedy } from '../transcribe/demo-speech.ts';

const FRAME_SAMPLES = 512;
const CONTEXT_SAMPLES = 64;

describe('the graph over consecutive frames', () => {
  let modelPath: string;
  let published: OnnxSession;
  let detector: SpeechDetector;
  let kennedy: Float32Array;

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('silero-vad');
    modelPath = files.file('silero_vad.onnx');
    published = await openSession(modelPath, { threads: 1 });
    detector = await openSpeechDetector(modelPath);
    kennedy = await readKennedy();
  });

  afterAll(async () => {
    await published.dispose();
    await detector.dispose();
  });

  it('judges speech as the published graph does frame by frame', async () => {
    const expected = await frameByFrame(kennedy, published);
    const actual = await detector.stream()(kennedy);

    expect(Math.max(...expected)).toBeGreaterThan(0.9);
    expect(Math.min(...expected)).toBeLessThan(0.1);
    expect(largestDifference(actual, expected)).toBeLessThan(1e-4);
  });

  it('judges a last frame that is short as if zeros followed', async () => {
    const short = kennedy.subarray(0, 40 * FRAME_SAMPLES + 100);
    const padded = new Float32Array(41 * FRAME_SAMPLES);
    padded.set(short);
    // The first block leaves speech behind where the short one has nothing.
    const stream = detector.stream();
    const again = detector.stream();
    await stream(kennedy.subarray(0, 41 * FRAME_SAMPLES));
    await again(kennedy.subarray(0, 41 * FRAME_SAMPLES));

    expect(await stream(short)).toEqual(await again(padded));
    expect(
      largestDifference(await detector.stream()(short), await frameByFrame(short, published)),
    ).toBeLessThan(1e-4);
  });

  it('judges nothing in an empty block', async () => {
    expect(await detector.stream()(new Float32Array(0))).toEqual(new Float32Array(0));
  });

  it('does not take the weights of another network', async () => {
    const empty = { name: 'none', nodes: [], initializers: [], inputs: [], outputs: [], rest: [] };
    const opsetImport = lengthDelimitedField(8, [varintField(2, 16)]);
    const model = writeModel({ graph: empty, opset: 16, rest: [varintField(1, 8), opsetImport] });

    expect(() => readSileroWeights(model)).toThrow(RangeError);
  });

  it('reads the same weights wherever the bytes of the file lie', async () => {
    const file = await readFile(modelPath);
    const moved = new Uint8Array(file.length + 1);
    moved.set(file, 1);

    expect(readSileroWeights(moved.subarray(1)).basis).toEqual(readSileroWeights(file).basis);
  });
});

async function frameByFrame(samples: Float32Array, session: OnnxSession): Promise<Float32Array> {
  const sr = new Tensor('int64', BigInt64Array.of(16_000n), []);
  const padded = new Float32Array(
    CONTEXT_SAMPLES + Math.ceil(samples.length / FRAME_SAMPLES) * FRAME_SAMPLES,
  );
  padded.set(samples, CONTEXT_SAMPLES);
  const probabilities: number[] = [];
  let state: Tensor = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
  for (let at = 0; at + CONTEXT_SAMPLES < padded.length; at += FRAME_SAMPLES) {
    const frame = padded.slice(at, at + CONTEXT_SAMPLES + FRAME_SAMPLES);
    const input = new Tensor('float32', frame, [1, frame.length]);
    const result = await session.run({ input, state, sr }, ['output', 'stateN']);
    state = result.stateN;
    probabilities.push(result.output.data[0] as number);
  }
  return Float32Array.from(probabilities);
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual).toHaveLength(expected.length);
  return Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
}
