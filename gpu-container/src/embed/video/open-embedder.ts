import type { VideoEmbeddingModelName } from '#contracts/video-embedding-models.ts';
import type { ModelFiles } from '../../models/store.ts';
import type { SessionOptions } from '../../onnx/session.ts';

/** What a model that embeds videos is opened from. */
export type OpenEmbedderOptions = {
  readonly model: VideoEmbeddingModelName;
  readonly version: string;
  readonly files: ModelFiles;
  readonly device: NonNullable<SessionOptions['device']>;
  /** Memory that the device has free, in bytes, which passes are sized by; not needed on a CPU. */
  readonly freeBytes?: number | undefined;
};
