/** A side of the comparison runs in a process of its own; this is what it is told and what it tells. */

/** Pictures of one size in a file, one after the other as RGB bytes. */
export type PictureFile = {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly count: number;
};

export type SideSetup = {
  /** Where transformers.js finds the model, and ours within it. */
  readonly modelFolder: string;
  readonly visionPath: string;
  readonly threads: number;
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** For what cannot be held in memory. */
  readonly scratchDir: string;
};

export type VideoFile = {
  readonly name: string;
  readonly path: string;
  readonly durationSeconds: number;
};

/** What a side does, and how long it takes, on request. */
export type SideTask =
  /** Embeds pictures, so many in a forward pass. */
  | {
      readonly kind: 'embed';
      readonly pictures: PictureFile;
      readonly batch: number;
      readonly wantsVectors: boolean;
    }
  /** Makes of pictures what the model takes, and no more. */
  | { readonly kind: 'prepare'; readonly pictures: PictureFile }
  /** Embeds so many frames of a video, from the file to the vectors. */
  | { readonly kind: 'video'; readonly video: VideoFile; readonly frames: number };

export type SideResult = {
  readonly seconds: number;
  readonly peakRssMb: number;
  /** How many pictures it embedded or prepared. */
  readonly pictures: number;
  /** Of unit length, where they were asked for. */
  readonly vectors?: readonly (readonly number[])[];
};

export type SideReply =
  /** The model is loaded. */
  | { readonly event: 'open' }
  | { readonly event: 'done'; readonly result: SideResult }
  | { readonly event: 'failure'; readonly message: string };

export type SideRequest =
  | { readonly ask: 'open'; readonly setup: SideSetup }
  | { readonly ask: 'run'; readonly task: SideTask };

/** What the work of a task comes to. */
export type SideWork = { readonly pictures: number; readonly vectors?: readonly Float32Array[] };

/** A side, opened: what is not to be timed is done when a task is prepared. */
export type EmbeddingSide = {
  prepare(task: SideTask): Promise<() => Promise<SideWork>>;
};
