/** A loaded model that tells what a voice sounds like. */
export type SpeakerEmbedder = {
  readonly modelId: string;
  readonly dims: number;
  readonly minSamples: number;
  /** one unit-length embedding per clip (16 kHz mono); undefined where it is too short */
  embed(clips: readonly Float32Array[]): Promise<(Float32Array | undefined)[]>;
  dispose(): Promise<void>;
};
