import { type PcmReader, pcmFromSamples } from '../decode/pcm.ts';
import type { SpeechRegion } from '../vad/speech-regions.ts';
import { centroidsOf } from './cluster/centroids.ts';
import { cutStretches, joinAcrossPauses } from './cut-stretches.ts';
import type { DiarizationRun } from './diarizer.ts';
import { MAX_STRETCH_SECONDS, type Stretch, type StretchEmbedder } from './stretch-embedder.ts';
import type { WindowTuning } from './tuning.ts';

export type EmbeddedStretch = Stretch & { readonly embedding: Float32Array };

/** The speech of a recording, embedded: all that telling its speakers apart goes by. */
export type EmbeddedSpeech = {
  /** Length of the recording. */
  readonly durationSeconds: number;
  /** In order and disjoint. */
  readonly speech: readonly SpeechRegion[];
  /** Long ones, by which voices are found. */
  readonly voiceStretches: readonly EmbeddedStretch[];
  /** Short ones, by which turns are found; one for each step of a region. */
  readonly turnStretches: readonly EmbeddedStretch[];
};

/**
 * Embeds the speech of a recording twice over, in long stretches and in short
 * ones; an embedder that shares work between stretches does both in one pass.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function embedSpeech(
  pcm: PcmReader,
  speech: readonly SpeechRegion[],
  embedder: StretchEmbedder,
  tuning: WindowTuning,
  run?: DiarizationRun,
): Promise<EmbeddedSpeech> {
  const regions = joinAcrossPauses(speech, tuning.maxPauseSeconds);
  const cut = (lengthSeconds: number, hopSeconds: number) =>
    cutStretches(regions, { lengthSeconds, hopSeconds });
  const all = [
    ...cut(tuning.voiceSeconds, tuning.voiceHopSeconds)
      .filter(({ start, end }) => end - start >= tuning.minVoiceStretchSeconds)
      .map((stretch) => ({ ...stretch, of: 'voice' as const })),
    ...cut(tuning.turnSeconds, tuning.turnHopSeconds).map((stretch) => ({
      ...stretch,
      of: 'turn' as const,
    })),
  ].toSorted((one, other) => one.start - other.start);
  const embeddings = await embedder.embedStretches(pcm, all, run);
  const embedded = (kind: 'voice' | 'turn') =>
    all.flatMap(({ of, start, end }, index) => {
      const embedding = embeddings[index];
      return of === kind && embedding !== undefined ? [{ start, end, embedding }] : [];
    });
  return {
    durationSeconds: pcm.sampleCount / pcm.sampleRate,
    speech,
    voiceStretches: embedded('voice'),
    turnStretches: embedded('turn'),
  };
}

/**
 * What the one voice in a clip sounds like.
 *
 * @param samples 16 kHz mono
 * @returns a vector of unit length; undefined where the clip is too short
 */
export async function embedVoice(
  samples: Float32Array,
  embedder: StretchEmbedder,
): Promise<Float32Array | undefined> {
  const pcm = pcmFromSamples(samples);
  const stretches = cutStretches([{ start: 0, end: samples.length / pcm.sampleRate }], {
    lengthSeconds: MAX_STRETCH_SECONDS,
    hopSeconds: MAX_STRETCH_SECONDS / 2,
  });
  const embeddings = await embedder.embedStretches(pcm, stretches);
  const found = embeddings.filter((embedding) => embedding !== undefined);
  return centroidsOf(found, new Int32Array(found.length))[0];
}
