import { SAMPLE_RATE } from '../../../gpu-container/src/decode/pcm.ts';
import type { SpeechRegion } from '../../../gpu-container/src/vad/speech-regions.ts';
import { concatenate } from '../../../gpu-container/src/vector/concatenate.ts';
import { dotProduct } from '../../../gpu-container/src/vector/similarity.ts';
import { secondsOf } from '../data/voices.ts';
import type { Voice } from '../mixture/conversation.ts';
import { mergeTurns, type Turn } from '../score/turn.ts';

/** How long a reference clip is, in speech. */
const CLIP_SPEECH_SECONDS = 12;
/** Of different voices, how many may be taken for one. */
const FALSE_ACCEPTANCE = 0.005;
/** A found speaker is somebody's who speaks in most of what it has. */
const OWN_SHARE = 0.8;

/** A voice's recording in two: what it says in conversations, and a reference clip. */
export function withoutClip(voice: Voice): { voice: Voice; clip: Float32Array } {
  let first = voice.speech.length;
  while (first > 1 && secondsOf(voice.speech.slice(first)) < CLIP_SPEECH_SECONDS) {
    first--;
  }
  return {
    voice: { ...voice, speech: voice.speech.slice(0, first) },
    clip: spoken(voice.samples, voice.speech.slice(first)),
  };
}

function spoken(samples: Float32Array, regions: readonly SpeechRegion[]): Float32Array {
  const pieces = regions.map(({ start, end }) =>
    samples.subarray(Math.round(start * SAMPLE_RATE), Math.round(end * SAMPLE_RATE)),
  );
  return concatenate(pieces);
}

/** Cosine similarities of reference clips and the speakers found in conversations. */
export type VoiceSimilarities = { same: number[]; different: number[] };

/** @param clips embeddings by voice */
export function compareVoices(
  clips: ReadonlyMap<string, Float32Array>,
  speakers: readonly { name: string; embedding: Float32Array }[],
): VoiceSimilarities {
  const similarities: VoiceSimilarities = { same: [], different: [] };
  for (const { name, embedding } of speakers) {
    for (const [voice, clip] of clips) {
      similarities[voice === name ? 'same' : 'different'].push(dotProduct(clip, embedding));
    }
  }
  return similarities;
}

/** Who a found speaker really is; undefined where it is no one person. */
export function realName(
  own: readonly Turn[],
  truth: readonly Turn[],
  durationSeconds: number,
): string | undefined {
  const mine = mergeTurns(own, durationSeconds);
  const total = mine.reduce((sum, { start, end }) => sum + end - start, 0);
  const shares = Map.groupBy(truth, ({ speaker }) => speaker);
  for (const [name, turns] of shares) {
    const common = mine.reduce(
      (sum, turn) =>
        sum +
        turns.reduce(
          (overlap, other) =>
            overlap +
            Math.max(0, Math.min(turn.end, other.end) - Math.max(turn.start, other.start)),
          0,
        ),
      0,
    );
    if (common >= OWN_SHARE * total) {
      return name;
    }
  }
  return undefined;
}

/** The least similarity that nearly no two different voices have, and how many of the same have less. */
export function voiceThreshold({ same, different }: VoiceSimilarities): {
  threshold: number;
  missed: number;
} {
  const inOrder = different.toSorted((one, other) => one - other);
  const least = inOrder[Math.ceil(inOrder.length * (1 - FALSE_ACCEPTANCE)) - 1] ?? 1;
  const threshold = Math.ceil(least * 100) / 100;
  return {
    threshold,
    missed: same.filter((similarity) => similarity < threshold).length / same.length,
  };
}
