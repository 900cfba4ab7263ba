import { SAMPLE_RATE } from '../../../gpu-container/src/decode/pcm.ts';
import type { SpeechRegion } from '../../../gpu-container/src/vad/speech-regions.ts';
import type { Voice } from '../mixture/conversation.ts';

/** A recording of one person. */
export type VoiceClip = {
  voice: string;
  /** Mono at 16 kHz. */
  samples: Float32Array;
  /** In seconds of the clip, in order and disjoint. */
  speech: readonly SpeechRegion[];
};

/** Of less, no several turns can be made. */
const SHORTEST_CLIP_SPEECH_SECONDS = 3;
/** Between clips: so long that no turn goes on over it. */
const BETWEEN_CLIPS_SECONDS = 1;

/** One voice of all clips of a person, joined. Clips of less than 3 s of speech are left out. */
export function voicesOf(clips: readonly VoiceClip[]): Voice[] {
  const usable = clips.filter(({ speech }) => secondsOf(speech) >= SHORTEST_CLIP_SPEECH_SECONDS);
  const byVoice = Map.groupBy(usable, ({ voice }) => voice);
  return [...byVoice].map(([id, own]) => joinClips(id, own));
}

function joinClips(id: string, clips: readonly VoiceClip[]): Voice {
  const between = BETWEEN_CLIPS_SECONDS * SAMPLE_RATE;
  const length = clips.reduce((sum, { samples }) => sum + samples.length + between, 0);
  const joined = new Float32Array(length);
  const speech: SpeechRegion[] = [];
  let offset = 0;
  for (const clip of clips) {
    joined.set(clip.samples, offset);
    const shift = offset / SAMPLE_RATE;
    speech.push(
      ...clip.speech.map(({ start, end }) => ({ start: start + shift, end: end + shift })),
    );
    offset += clip.samples.length + between;
  }
  return { id, samples: joined, speech };
}

/** How long regions are together. */
export function secondsOf(regions: readonly SpeechRegion[]): number {
  return regions.reduce((sum, { start, end }) => sum + end - start, 0);
}
