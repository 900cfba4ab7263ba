import { existsSync, readFileSync } from 'node:fs';
import { env } from 'onnxruntime-node';
import { WINDOW_FRAMES } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import { sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

export const MODES = ['greedy_plain', 'greedy_timestamps'] as const;

type ReferenceDecoding = {
  prompt: number[];
  tokens: number[];
  text: string;
  avg_logprob: number;
  no_speech_prob: number;
  compression_ratio: number;
  steps: { token: number; logprob: number }[];
  segments?: { start: number; end: number; text: string }[];
  advance_frames?: number;
  stability: { same_tokens_of_3: number };
};

export type ReferenceClip = {
  name: string;
  features: string;
  language: string;
  language_probs_top5: [string, number][];
} & Record<(typeof MODES)[number], ReferenceDecoding>;

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

/**
 * Whether this machine computes what the reference machine computed. Elsewhere
 * the 8-bit model gives slightly other numbers, and where two tokens are close,
 * another text.
 */
export function isReferenceRuntime(runtime: string): boolean {
  const version = /onnxruntime (\d+\.\d+\.\d+)/.exec(runtime)?.[1];
  const hasVnni =
    process.platform === 'linux' && /avx512_vnni/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return env.versions.node === version && hasVnni;
}
