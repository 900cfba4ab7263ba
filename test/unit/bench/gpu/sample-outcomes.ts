import type { GpuArguments, PartName } from '../../../../bench/gpu/arguments.ts';
import type { Measurement, WhisperMeasurement } from '../../../../bench/gpu/measurements.ts';
import type { Setting } from '../../../../bench/gpu/report.ts';
import type { PartOutcome } from '../../../../bench/gpu/run-parts.ts';

const PARTS: PartName[] = ['parity', 'turbo', 'loop', 'clip', 'vjepa2', 'pytorch-turbo'];

export function setting(shapes: GpuArguments['shapes'], parts = PARTS): Setting {
  return {
    ...{ gpu: 'NVIDIA H200', driver: '580.159', memoryMib: 143_771, command: 'npm run bench:gpu' },
    options: { device: 'cuda', precision: 'fp16', shapes, parts },
  };
}

export const PROBED: readonly Measurement[] = [
  { measured: 'versions', side: 'ours', versions: 'onnxruntime 1.29.0' },
];

/** Outcomes of all parts, with a parity of so many of 100 tokens. */
export function outcomes(equalTokens: number): PartOutcome[] {
  const whisper = (
    side: WhisperMeasurement['side'],
    batch: number,
    seconds: number,
  ): WhisperMeasurement => ({
    ...{ measured: 'whisper', side, shape: 'large-v3-turbo', batch, tokens: 101 },
    ...{ seconds, secondsToFirstToken: seconds / 2 },
  });
  const clip = { measured: 'clip', side: 'ours' } as const;
  const vjepa2 = { measured: 'vjepa2', side: 'ours', batch: 1 } as const;
  const agreement = { windows: 6, tokens: 100, logprobDifference: 0.01, logMelDifference: 1e-5 };
  const measured: Partial<Record<PartName, readonly Measurement[]>> = {
    parity: [{ measured: 'parity', equalTokens, ...agreement }],
    turbo: [
      whisper('ours', 16, 1),
      whisper('ours', 1, 0.4),
      { measured: 'load', shape: 'turbo', batch: 16, ...LOAD },
      { measured: 'placement', model: 'turbo/model.safetensors', ...PLACEMENT },
    ],
    loop: [{ measured: 'step', shape: 'turbo', batch: 16, steps: 12, stepMs: 40 }],
    clip: [
      { ...clip, from: 'pixels', batch: 32, picturesPerSecond: 4000 },
      { ...clip, from: 'pixels', batch: 128, picturesPerSecond: 5000 },
      { ...clip, from: 'frames', batch: 128, picturesPerSecond: 900 },
    ],
    vjepa2: [
      { ...vjepa2, frames: 16, clipsPerSecond: 80 },
      { ...vjepa2, frames: 64, clipsPerSecond: 9 },
    ],
    'pytorch-turbo': [
      { measured: 'versions', side: 'pytorch', versions: 'torch 2.11.0' },
      whisper('pytorch', 16, 2),
    ],
  };
  return PARTS.map((name) => ({ name, seconds: 10, measurements: measured[name] ?? [] }));
}

const LOAD = { idleShare: 0.07, memoryMb: 9000, powerWatts: 610 };

const PLACEMENT = {
  deviceShare: 0.99,
  runSeconds: 1,
  nodeSeconds: 0.9,
  onCpu: ['Shape', 'Concat'],
};
