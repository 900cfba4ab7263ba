import type { MessagePort } from 'node:worker_threads';
import type { SessionOptions } from '../../onnx/session.ts';
import type { EmbedVideoOptions, VideoEmbedder } from '../video/video-embedder.ts';

/** What the thread of a video embedder opens. */
export type VideoSource = {
  /** A name of contracts/video-embedding-models.ts, or a catalog id. */
  readonly requested: string;
  readonly device: NonNullable<SessionOptions['device']>;
  /** Where the models are, as `modelStoreFromEnvironment` takes it. */
  readonly environment: NodeJS.ProcessEnv;
};

export type VideoFacts = Pick<VideoEmbedder, 'model' | 'version' | 'dims' | 'takesCaption'> & {
  readonly reads: boolean;
};

export type VideoRequest =
  | {
      readonly call: 'embed';
      /** The frames come through it. */
      readonly frames: MessagePort;
      readonly options: Omit<EmbedVideoOptions, 'signal' | 'onProgress'>;
    }
  | { readonly call: 'embedTexts'; readonly texts: readonly string[] }
  | { readonly call: 'dispose' };
