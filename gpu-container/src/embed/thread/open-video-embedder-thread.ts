import { MessageChannel, type Transferable } from 'node:worker_threads';
import { openThread } from '../../thread/called-thread.ts';
import { sendItems } from '../../thread/item-stream.ts';
import { openRestartingThread, type RestartingThread } from '../../thread/restarting-thread.ts';
import type {
  EmbedVideoOptions,
  Frame,
  VideoEmbedder,
  VideoRows,
} from '../video/video-embedder.ts';
import type { VideoFacts, VideoRequest, VideoSource } from './video-messages.ts';

type VideoThread = RestartingThread<VideoFacts, VideoRequest>;

/**
 * Fetches and loads a model that embeds videos in a thread of its own, so that what
 * calls it can go on with other requests while a forward pass runs. Where the thread
 * dies, what it was embedding rejects, and the next call starts another.
 *
 * Pixels that have their memory to themselves move to the thread: a frame
 * cannot be used any more once it was taken.
 *
 * @throws ReelscribeError as `openVideoEmbedder`
 */
export async function openVideoEmbedderThread(
  requested: string,
  device: VideoSource['device'],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<VideoEmbedder> {
  const source: VideoSource = { requested, device, environment: { ...environment } };
  const thread: VideoThread = await openRestartingThread(() =>
    openThread<VideoFacts, VideoRequest>(
      new URL('./video-thread.ts', import.meta.url),
      source,
      'The video embedder',
    ),
  );
  const { reads, ...facts } = thread.facts;
  return {
    ...facts,
    embed: (frames, options) => embed(thread, frames, options),
    ...(reads && {
      embedTexts: (texts: readonly string[], signal?: AbortSignal) =>
        thread.call<Float32Array[]>({ call: 'embedTexts', texts }, { signal }),
    }),
    dispose: () => thread.close({ call: 'dispose' }),
  };
}

async function embed(
  thread: VideoThread,
  frames: AsyncIterable<Frame>,
  { signal, onProgress, ...options }: EmbedVideoOptions,
): Promise<VideoRows> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const [sent, embedded] = await Promise.allSettled([
    sendItems(ours, frames, pixelsOf),
    thread
      .call<VideoRows>(
        { call: 'embed', frames: theirs, options },
        { signal, transfer: [theirs], onNews: onProgress },
      )
      // A thread that has no use for the frames, or is gone, never closes its end.
      .finally(() => ours.close()),
  ]);
  if (embedded.status === 'rejected') {
    // The error of the frames as it was thrown, rather than as it came back.
    signal?.throwIfAborted();
    throw sent.status === 'rejected' ? sent.reason : embedded.reason;
  }
  return embedded.value;
}

/** The memory of a frame's pixels, where nothing else is in it. */
function pixelsOf({ data }: Frame): Transferable[] {
  const { buffer, byteLength } = data;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
