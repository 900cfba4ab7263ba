import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  floatAttribute,
  intAttribute,
  intsAttribute,
} from '../../gpu-container/src/onnx/graph/literals.ts';
import {
  type NetworkWriter,
  networkWriter,
} from '../../gpu-container/src/onnx/graph/network-writer.ts';

/**
 * Small networks with the inputs and outputs of published diarization models.
 * To them a voice is a faint steady tone, its pilot, that sounds while it speaks;
 * what is said is all the same. Under a pilot there must be something that is
 * less steady, such as speech or noise.
 */
export const PILOT_HZ = [5000, 6000, 7000] as const;

/** Which of the pilots. */
export type Voice = 0 | 1 | 2;

/** Far above what speech has at such a frequency, far below the speech itself. */
export const PILOT_AMPLITUDE = 0.05;

const SAMPLE_RATE = 16_000;
const HEARD_AMPLITUDE = 0.02;

/** Adds a voice's pilot to samples at 16 kHz, from one second to another. */
export function addPilot(samples: Float32Array, voice: Voice, start: number, end: number): void {
  const turns = PILOT_HZ[voice] / SAMPLE_RATE;
  const last = Math.min(samples.length, Math.round(end * SAMPLE_RATE));
  for (let n = Math.round(start * SAMPLE_RATE); n < last; n++) {
    samples[n]! += PILOT_AMPLITUDE * Math.sin(2 * Math.PI * turns * n);
  }
}

// segmentation-3.0's convolutions as one.
const CHUNK_SAMPLES = 160_000;
const FIELD_SAMPLES = 991;
const STEP_SAMPLES = 270;
const FRAMES = 589;

/** Which of three speakers each powerset class names. */
const CLASSES = [
  [0, 1, 0, 0, 1, 1, 0],
  [0, 0, 1, 0, 1, 0, 1],
  [0, 0, 0, 1, 0, 1, 1],
] as const;

/**
 * A segmentation network like segmentation-3.0: [chunks, 1, 160000] →
 * [chunks, 589, 7]. As with the real one, the numbers of speakers mean nothing
 * beyond a chunk: the first two voices swap theirs in chunks in which the second
 * sounds for longer.
 */
export function segmentationModel(input = 'input_values', output = 'logits'): Uint8Array {
  const network = networkWriter('pilot-segmentation');
  const waves = network.operator(
    'Conv',
    [input, pilotWaves(network)],
    intsAttribute('strides', [STEP_SAMPLES]),
  );
  const { cosines, sines } = network.operatorOf(
    ['cosines', 'sines'],
    'Split',
    [network.operator('Mul', [waves, waves])],
    intAttribute('axis', 1),
  );
  const amplitudes = network.operator('Sqrt', [network.operator('Add', [cosines, sines])]);
  const margins = network.operator('Sub', [
    inOrderOfChunk(network, amplitudes),
    network.weight(Float32Array.of(HEARD_AMPLITUDE)),
  ]);
  const scores = network.operator('MatMul', [
    network.operator('Transpose', [margins], intsAttribute('perm', [0, 2, 1])),
    network.weight(Float32Array.from(CLASSES.flat()), 3, 7),
  ]);
  return network.write({ [input]: ['chunks', 1, CHUNK_SAMPLES] }, [
    { name: output, value: scores, shape: ['chunks', FRAMES, 7] },
  ]);
}

/** Windowed cosines, then sines, of the pilots; their products with one sum up to its amplitude. */
function pilotWaves(network: NetworkWriter): string {
  const window = Array.from(
    { length: FIELD_SAMPLES },
    (_, n) => 1 - Math.cos((2 * Math.PI * (n + 1)) / (FIELD_SAMPLES + 1)),
  );
  const gain = 2 / window.reduce((sum, value) => sum + value, 0);
  const rows = [Math.cos, Math.sin].flatMap((wave) =>
    PILOT_HZ.map((hz) =>
      window.map((height, n) => gain * height * wave((2 * Math.PI * hz * n) / SAMPLE_RATE)),
    ),
  );
  return network.weight(Float32Array.from(rows.flat()), rows.length, 1, FIELD_SAMPLES);
}

/** [chunks, 3, frames] with the first two rows swapped where the second is the greater one. */
function inOrderOfChunk(network: NetworkWriter, amplitudes: string): string {
  const means = network.operator('ReduceMean', [amplitudes], intsAttribute('axes', [2]));
  const take = (value: string, ...rows: number[]) =>
    network.operator('Gather', [value, network.integers(...rows)], intAttribute('axis', 1));
  const keep = network.operator('Sigmoid', [
    network.operator('Mul', [
      network.operator('Sub', [take(means, 0), take(means, 1)]),
      network.weight(Float32Array.of(1e6)),
    ]),
  ]);
  const swap = network.operator('Sub', [network.weight(Float32Array.of(1)), keep]);
  return network.operator('Add', [
    network.operator('Mul', [keep, amplitudes]),
    network.operator('Mul', [swap, take(amplitudes, 1, 0, 2)]),
  ]);
}

const MEL_BINS = 80;
/** Squared deviations of log-mel energies from their mean, in nepers of power: what counts as steady. */
const STEADY = 0.02;
const MOST = 0.3;

/** A speaker embedding network like WeSpeaker's ResNet34: `feats` [clips, frames, 80] → `embs` [clips, 256]. */
export function wespeakerModel(): Uint8Array {
  const network = networkWriter('pilot-wespeaker');
  return network.write({ feats: ['clips', 'frames', MEL_BINS] }, [
    { name: 'embs', value: steadiness(network, 'feats', 256, 1), shape: ['clips', 256] },
  ]);
}

/** A speaker embedding network like an export of SpeechBrain's ECAPA: `features` and `feature_lens` → [clips, 1, 192]. */
export function ecapaModel(): Uint8Array {
  const network = networkWriter('pilot-ecapa');
  const nepersPerDecibel = Math.LN10 / 10;
  const embedding = network.operator('Mul', [
    steadiness(network, 'features', 192, nepersPerDecibel),
    network.operator('Unsqueeze', ['feature_lens', network.integers(1)]),
  ]);
  return network.write({ features: ['clips', 'frames', MEL_BINS], feature_lens: ['clips'] }, [
    {
      name: 'embedding',
      value: network.operator('Unsqueeze', [embedding, network.integers(1)]),
      shape: ['clips', 1, 192],
    },
  ]);
}

/**
 * [clips, dims]: in the first three numbers how steady the clip is at each pilot,
 * which is all that features without their means can tell of a pure tone. Its
 * length is nothing like 1, as with the real ones.
 */
function steadiness(
  network: NetworkWriter,
  features: string,
  dims: number,
  nepers: number,
): string {
  const atPilots = network.operator(
    'Gather',
    [features, network.integers(...PILOT_HZ.map(melBinOf))],
    intAttribute('axis', 2),
  );
  const deviations = network.operator('Mul', [atPilots, network.weight(Float32Array.of(nepers))]);
  const squares = network.operator('Mul', [deviations, deviations]);
  const bounded = network.operator('Min', [squares, network.weight(Float32Array.of(MOST))]);
  const means = network.operator(
    'ReduceMean',
    [bounded],
    intsAttribute('axes', [1]),
    intAttribute('keepdims', 0),
  );
  const steady = network.operator('Exp', [
    network.operator('Mul', [means, network.weight(Float32Array.of(-1 / STEADY))]),
  ]);
  const spread = new Float32Array(PILOT_HZ.length * dims);
  for (const voice of PILOT_HZ.keys()) {
    spread[voice * dims + voice] = 1;
  }
  return network.operator(
    'Gemm',
    [steady, network.weight(spread, PILOT_HZ.length, dims)],
    floatAttribute('alpha', 1000),
  );
}

/** The filter whose tip is nearest, of 80 that are evenly spaced in mel up to 8 kHz. */
function melBinOf(hz: number): number {
  const mel = (value: number) => Math.log(1 + value / 700);
  return Math.round((mel(hz) / mel(SAMPLE_RATE / 2)) * (MEL_BINS + 1)) - 1;
}

/** Writes all of them where REELSCRIBE_MODELS has them: `<id>/model.onnx`. */
export async function writeDiarizationModels(modelsDir: string): Promise<void> {
  const models = {
    'pyannote-segmentation-3.0': segmentationModel(),
    'wespeaker-voxceleb-resnet34-lm': wespeakerModel(),
    'speechbrain-ecapa-voxceleb': ecapaModel(),
  };
  for (const [id, bytes] of Object.entries(models)) {
    await mkdir(join(modelsDir, id), { recursive: true });
    await writeFile(join(modelsDir, id, 'model.onnx'), bytes);
  }
}
