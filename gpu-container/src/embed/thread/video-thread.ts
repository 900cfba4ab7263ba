import { workerData } from 'node:worker_threads';
import { modelStoreFromEnvironment } from '../../models/store.ts';
import { answerCalls } from '../../thread/answer-calls.ts';
import { receiveItems } from '../../thread/item-stream.ts';
import { openVideoEmbedder } from '../video/open-video-embedder.ts';
import type { Frame } from '../video/video-embedder.ts';
import type { VideoFacts, VideoRequest, VideoSource } from './video-messages.ts';

// A thread that embeds videos.

/** As many as are decoded while a forward pass runs, and few enough to lie in memory at any size. */
const FRAMES_AHEAD = 8;

await answerCalls<VideoFacts, VideoRequest>(async () => {
  const { requested, device, environment } = workerData as VideoSource;
  const models = modelStoreFromEnvironment(environment);
  const embedder = await openVideoEmbedder(requested, models, device);
  const { model, version, dims, takesCaption } = embedder;
  return {
    facts: { model, version, dims, takesCaption, reads: embedder.embedTexts !== undefined },
    answer: async (request, { signal, tell }) => {
      switch (request.call) {
        case 'embed': {
          const frames = receiveItems<Frame>(request.frames, FRAMES_AHEAD);
          try {
            return await embedder.embed(frames, { ...request.options, signal, onProgress: tell });
          } finally {
            // An embedder that never looked at the frames has not let go of them either.
            await frames.return(undefined);
            request.frames.close();
          }
        }
        case 'embedTexts':
          return await embedder.embedTexts?.(request.texts, signal);
        case 'dispose':
          return await embedder.dispose();
      }
    },
  };
});
