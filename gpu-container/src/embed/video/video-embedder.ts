import type {
  Augmentation,
  VideoEmbeddingModelName,
  VideoGranularity,
} from '#contracts/video-embedding-models.ts';
import type { RgbImage } from '../image/rgb-image.ts';

/** A picture of a video, upright and in square pixels. */
export type Frame = RgbImage & {
  /** When it is shown, in seconds from the start of the media. */
  readonly time: number;
};

/** From the first frame of something to its last, in seconds. */
export type TimeSpan = { readonly start: number; readonly end: number };

/** What a model makes of a video, before pooling. */
export type VideoRows = {
  /** In order of time, [rows, dims]; of whatever length the model's pooling takes them at. */
  readonly rows: readonly Float32Array[];
  /** Of each row. */
  readonly spans: readonly TimeSpan[];
  /** Of every frame that was looked at, in seconds. */
  readonly frameTimes: readonly number[];
  /** By token: the tokens of each row, [tokensPerRow, dims]. */
  readonly tokens?: readonly Float32Array[];
};

export type EmbedVideoOptions = {
  granularity: VideoGranularity;
  augmentation: Augmentation;
  /** For a model that takes it in together with the pictures. */
  caption?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told after each forward pass: the seconds of the last frame that is done. */
  onProgress?: ((seconds: number) => void) | undefined;
};

/** A model that embeds videos, loaded. */
export type VideoEmbedder = {
  readonly model: VideoEmbeddingModelName;
  /** Which files of the model; vectors of one version can be compared. */
  readonly version: string;
  readonly dims: number;
  /**
   * Whether a caption is read together with the pictures; if not, and the model
   * reads, it has a vector of its own by {@link embedTexts}.
   */
  readonly takesCaption: boolean;
  /**
   * Embeds the frames of one video as they come, or of one picture.
   *
   * @param frames in order of time, at least one
   * @throws RangeError for no frames, or a granularity that the model does not have
   * @throws The signal's reason, where it was aborted.
   */
  embed(frames: AsyncIterable<Frame>, options: EmbedVideoOptions): Promise<VideoRows>;
  /** A vector of unit length for each text, comparable with those of pictures; absent where the model does not read. */
  embedTexts?(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};
