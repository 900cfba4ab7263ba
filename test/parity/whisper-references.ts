import { existsSync, readFileSync } from 'node:fs';
import { WINDOW_FRAMES } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import { sharedPath } from '../environment/shared-path.ts';
import { readNpy } from './npy.ts';

export const MODES = [
  'greedy_plain',
  'greedy_timestamps',
  'beam5_plain',
  'beam5_timestamps',
] as const;

export type Mode = (typeof MODES)[number];

export const LONG_RUNS = [
  'greedy_no_condition',
  'greedy_condition',
  'beam5_no_condition',
  'beam5_condition',
] as const;

export type LongRun = (typeof LONG_RUNS)[number];

type ReferenceDecoding = {
  prompt: number[];
  tokens: number[];
  text: string;
  avg_logprob: number;
  no_speech_prob: number;
  compression_ratio: number;
  /** Greedy decodings only. */
  steps?: { token: number; logprob: number }[];
  segments?: { start: number; end: number; text: string }[];
  advance_frames?: number;
  stability: { same_tokens_of_3: number };
};

export type ReferenceClip = {
  name: string;
  features: string;
  language: string;
  language_probs_top5: [string, number][];
} & Record<Mode, ReferenceDecoding>;

export type MelClip = { name: string; samples: number } & Record<
  'mel80' | 'mel128',
  { remaining_frames_all_equal: number }
>;

type Windows = {
  model: { files: Record<string, { sha256: string }> };
  runtime: string;
  clips: ReferenceClip[];
};

/** The reference decodings; none where the reference folder is absent. */
export function readReferenceWindows(): Windows {
  const path = sharedPath('fixtures/whisper_decode/windows.json');
  return existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : { model: { files: {} }, runtime: '', clips: [] };
}

export function readMelClips(): MelClip[] {
  return JSON.parse(readFileSync(sharedPath('fixtures/whisper_mel/meta.json'), 'utf8')).clips;
}

/** The stored features of a clip, filled up to [melBins, 3000]. */
export async function readFeatures(clip: MelClip, melBins: 80 | 128): Promise<Float32Array> {
  const stored = await readNpy(
    sharedPath('fixtures/whisper_mel', `${clip.name}.mel${melBins}.npy`),
  );
  const frames = stored.shape[1]!;
  const features = new Float32Array(melBins * WINDOW_FRAMES);
  features.fill(clip[`mel${melBins}`].remaining_frames_all_equal);
  for (let bin = 0; bin < melBins; bin++) {
    features.set(stored.data.subarray(bin * frames, (bin + 1) * frames), bin * WINDOW_FRAMES);
  }
  return features;
}

/** A recording of several windows and what the reference wrote of it. */
export type LongRecording = {
  /** [melBins, frames]. */
  features: Float32Array;
  melBins: number;
  frames: number;
  samples: number;
  runs: Record<
    LongRun,
    {
      windows: { tokens: number[] }[];
      segments: { start: number; end: number; text: string }[];
    }
  >;
};

export async function readLongRecording(): Promise<LongRecording> {
  const { samples, runs } = JSON.parse(
    readFileSync(sharedPath('fixtures/whisper_decode/long.json'), 'utf8'),
  );
  const { data, shape } = await readNpy(sharedPath('fixtures/whisper_decode/long.mel80.npy'));
  return { features: data, melBins: shape[0]!, frames: shape[1]!, samples, runs };
}

/**
 * Whether this processor computes what the reference machine computed: 8-bit
 * products are summed up otherwise without VNNI.
 */
export function isReferenceProcessor(): boolean {
  return process.platform === 'linux' && /avx512_vnni/.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

/** The onnxruntime release that the reference was made with, by its own word. */
export function referenceRelease(runtime: string): string | undefined {
  return /onnxruntime (\d+\.\d+\.\d+)/.exec(runtime)?.[1];
}
