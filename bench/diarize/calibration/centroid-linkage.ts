import { clusterVoices } from '../../../gpu-container/src/diarize/pyannote/cluster-voices.ts';
import type { Turn } from '../score/turn.ts';
import type { EmbeddedConversation } from './embedded-conversations.ts';

const SIMILARITIES = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7];
/** Stretches overlap fourfold: a voice of some six seconds. */
const MIN_CLUSTER_SIZE = 4;
const LIMITS = { minSpeakers: 1, maxSpeakers: 20 };

/**
 * The threshold of centroid linkage that finds the number of speakers best when
 * everybody is heard alone: with the segmentation of the pyannote backend that
 * is what its clustering gets.
 */
export function centroidThreshold(conversations: readonly EmbeddedConversation[]): {
  threshold: number;
  countError: number;
} {
  const alone = conversations.map(({ speech, turns, speakers }) => ({
    speakers,
    embeddings: speech.voiceStretches
      .filter(({ start, end }) => isOneSpeaker(turns, start, end))
      .map(({ embedding }) => embedding),
  }));
  const tried = SIMILARITIES.map((threshold) => {
    const errors = alone.map(({ speakers, embeddings }) => {
      const labels = clusterVoices(embeddings, {
        ...LIMITS,
        minSimilarity: threshold,
        minClusterSize: MIN_CLUSTER_SIZE,
      });
      return Math.abs(new Set(labels).size - speakers);
    });
    return { threshold, countError: errors.reduce((sum, error) => sum + error, 0) / errors.length };
  });
  return tried.reduce((best, other) => (other.countError < best.countError ? other : best));
}

function isOneSpeaker(turns: readonly Turn[], start: number, end: number): boolean {
  const heard = turns.filter((turn) => turn.start < end && turn.end > start);
  return new Set(heard.map(({ speaker }) => speaker)).size === 1;
}
