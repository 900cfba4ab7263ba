import type { PcmReader } from '../decode/pcm.ts';
import type { DiarizationRun } from './diarizer.ts';

/** A piece of a recording, in seconds. */
export type Stretch = { readonly start: number; readonly end: number };

/** Tells what the voices in a recording sound like, stretch by stretch. */
export type StretchEmbedder = {
  readonly modelId: string;
  readonly dims: number;
  /**
   * Embeds stretches of a recording.
   *
   * @param stretches by their start; they may overlap, and are no longer than {@link MAX_STRETCH_SECONDS}
   * @returns one vector of unit length per stretch; undefined where it is too short to tell
   */
  embedStretches(
    pcm: PcmReader,
    stretches: readonly Stretch[],
    run?: DiarizationRun,
  ): Promise<(Float32Array | undefined)[]>;
  dispose(): Promise<void>;
};

/** What an embedder must be able to take in one piece. */
export const MAX_STRETCH_SECONDS = 5;
