import { findFfmpeg, type MediaTools } from '../../gpu-container/src/decode/ffmpeg-binary.ts';
import { runProcess } from '../../gpu-container/src/decode/run-process.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';

/** ffmpeg and ffprobe as the worker would find them here, fetched where there are none. */
export function findMediaTools(): Promise<MediaTools> {
  return findFfmpeg(process.env, { pullTool: modelStoreFromEnvironment().pull });
}

/** Makes a media file for a test. */
export async function runFfmpeg(tools: MediaTools, args: readonly string[]): Promise<void> {
  await runProcess(tools.ffmpeg, ['-nostdin', '-loglevel', 'error', '-y', ...args], {
    timeoutMs: 60_000,
  });
}
