import { type VoiceThresholds, WESPEAKER_THRESHOLDS } from './pyannote/diarizer.ts';
import type { WindowTuning } from './tuning.ts';

/** For pyannote/embedding: what `npm run calibrate:diarize` finds, see docs/benchmarks.md. */
export const XVECTOR_TUNING: WindowTuning = {
  voiceSeconds: 3,
  voiceHopSeconds: 0.75,
  minVoiceStretchSeconds: 1,
  turnSeconds: 1.5,
  turnHopSeconds: 0.25,
  maxPauseSeconds: 0.3,
  coherentSimilarity: 0.25,
  mergeSimilarity: 0.25,
  minVoice: { share: 0.03, leastSeconds: 0.8, mostSeconds: 3, scrapSeconds: 1.2 },
  changePrices: { inSpeech: 0.2, acrossPause: 0 },
  minTurnSeconds: 0.3,
  sameVoiceSimilarity: 0.39,
};

/** For SpeechBrain's ECAPA, which could not be calibrated; voices lie about as far apart in it. */
export const ECAPA_TUNING: WindowTuning = { ...XVECTOR_TUNING };

/** For pyannote/embedding in the pyannote backend, whose clusters are compared by their centroids. */
export const XVECTOR_THRESHOLDS: VoiceThresholds = {
  minSimilarity: 0.65,
  minClusterSize: WESPEAKER_THRESHOLDS.minClusterSize,
  sameVoiceSimilarity: XVECTOR_TUNING.sameVoiceSimilarity,
};
