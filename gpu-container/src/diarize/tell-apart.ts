import { centroidsOf } from './cluster/centroids.ts';
import { clusterConfidences } from './cluster/confidence.ts';
import type { Diarization, DiarizationOptions } from './diarizer.ts';
import type { EmbeddedSpeech } from './embed-speech.ts';
import type { WindowTuning } from './tuning.ts';
import { turnsOf } from './turns.ts';
import { coherentStretches } from './voices/coherent-stretches.ts';
import { findVoices } from './voices/find-voices.ts';
import { settleVoices } from './voices/settle-voices.ts';

/**
 * Tells the speakers of a recording apart by its embeddings alone: clusters of
 * long stretches are candidates for voices, of which those are dropped or
 * merged that do not hold when all of the speech is shared out among them.
 */
export function tellApart(
  speech: EmbeddedSpeech,
  { minSpeakers, maxSpeakers, minTurnSeconds }: DiarizationOptions,
  tuning: WindowTuning,
): Diarization {
  const { turnStretches } = speech;
  const candidates = findVoices(coherentStretches(speech, tuning.coherentSimilarity), {
    mergeSimilarity: tuning.mergeSimilarity,
    minSpeakers,
  });
  if (candidates.length === 0) {
    return { turns: [], speakers: [] };
  }
  const { voices, speakers } = settleVoices(
    speech,
    candidates,
    { minSpeakers, maxSpeakers },
    tuning,
  );
  const embeddings = turnStretches.map(({ embedding }) => embedding);
  const confidences = clusterConfidences(embeddings, speakers, centroidsOf(embeddings, speakers));
  return {
    turns: turnsOf(turnStretches, speakers, speech, minTurnSeconds ?? tuning.minTurnSeconds),
    speakers: voices.map((embedding, speaker) => ({
      embedding,
      confidence: confidences[speaker] ?? 0,
    })),
  };
}
