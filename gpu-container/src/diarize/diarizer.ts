import type { PcmReader } from '../decode/pcm.ts';
import type { SpeechRegion } from '../vad/speech-regions.ts';

/** One speaker talking without a pause worth the name, in seconds of the recording. */
export type SpeakerTurn = {
  readonly start: number;
  readonly end: number;
  /** Index into the speakers of the diarization. */
  readonly speaker: number;
};

/** What a voice sounds like, and how surely it was told from the others. */
export type SpeakerProfile = {
  /** Centroid of the speaker's embeddings, of unit length; absent where no embedding was made. */
  readonly embedding?: Float32Array;
  /** From 0 to 1: how much nearer the speech is to this centroid than to any other. */
  readonly confidence: number;
};

/** Who speaks when. */
export type Diarization = {
  /** By their start; turns of different speakers may overlap, those of one never do. */
  readonly turns: readonly SpeakerTurn[];
  readonly speakers: readonly SpeakerProfile[];
};

export type DiarizationOptions = {
  /** How many voices there may be; the same number twice where it is known. */
  readonly minSpeakers: number;
  readonly maxSpeakers: number;
  /** Shorter turns go to whoever speaks around them. Default: the backend's own. */
  readonly minTurnSeconds?: number;
};

export type DiarizationRun = {
  /** Its reason is thrown soon after it aborts. */
  readonly signal?: AbortSignal;
  /** Told the seconds of the recording worked through so far. */
  readonly onProgress?: (secondsDone: number) => void;
};

/** A loaded diarization backend. */
export type Diarizer = {
  /** Catalog ids of the models it uses. */
  readonly modelIds: readonly string[];
  /**
   * Tells who speaks when.
   *
   * @param speech where anybody speaks, in order and disjoint, without padding
   */
  diarize(
    pcm: PcmReader,
    speech: readonly SpeechRegion[],
    options: DiarizationOptions,
    run?: DiarizationRun,
  ): Promise<Diarization>;
  /** How to recognise a voice it has a clip of; absent where the backend makes no embeddings. */
  readonly voices?: VoiceMatching;
  dispose(): Promise<void>;
};

/** Recognising known voices by their embeddings. */
export type VoiceMatching = {
  /**
   * What the voice in a clip sounds like, as a vector of unit length.
   *
   * @param samples 16 kHz mono, speech for the most part
   * @returns undefined where the clip is too short to tell
   */
  embed(samples: Float32Array): Promise<Float32Array | undefined>;
  /** Cosine similarity from which on two embeddings are of one voice. */
  readonly sameVoiceSimilarity: number;
};
