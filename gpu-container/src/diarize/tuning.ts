import type { ChangePrices } from './resegment/resegment.ts';

/** What telling speakers apart by embeddings goes by; most of it depends on the embedding model. */
export type WindowTuning = {
  /** Stretches that voices are found by: long, to be sure of them. */
  readonly voiceSeconds: number;
  readonly voiceHopSeconds: number;
  /** Shorter ones, of short remarks, are not asked how many voices there are. */
  readonly minVoiceStretchSeconds: number;
  /** Stretches that turns are found by: short, to be exact. */
  readonly turnSeconds: number;
  readonly turnHopSeconds: number;
  /** Stretches reach over pauses up to this long. */
  readonly maxPauseSeconds: number;
  /** Cosine similarity that the parts of a stretch have where one voice speaks in it. */
  readonly coherentSimilarity: number;
  /** Mean cosine similarity from which on two clusters are of one voice. */
  readonly mergeSimilarity: number;
  readonly minVoice: VoiceMinimum;
  /** What a change of speaker costs, in cosine similarity summed over turn stretches. */
  readonly changePrices: ChangePrices;
  /** Shorter turns go to whoever speaks around them, unless the request says otherwise. */
  readonly minTurnSeconds: number;
  /** Cosine similarity from which on a clip and a speaker are of one voice. */
  readonly sameVoiceSimilarity: number;
};

/**
 * A voice that is heard less is none: what is left over where voices overlap or
 * follow one another closely sounds like a voice of its own.
 */
export type VoiceMinimum = {
  /** Of all speech. */
  readonly share: number;
  /** What the share comes to, in seconds, at least and at most. */
  readonly leastSeconds: number;
  readonly mostSeconds: number;
  /** So much of each turn does not count, so that many scraps make no voice. */
  readonly scrapSeconds: number;
};
