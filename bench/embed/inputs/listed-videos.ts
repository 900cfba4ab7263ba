import { ReelscribeError } from '#contracts/errors.ts';
import { probeVideo } from '../../../gpu-container/src/embed/frames/probe-video.ts';
import { readDataSet } from '../../transcribe/data-set.ts';
import type { VideoFile } from '../sides/messages.ts';

/** The files of a folder's manifest that have moving pictures, and say for how long. */
export async function listedVideos(folder: string, ffprobe: string): Promise<VideoFile[]> {
  const videos: VideoFile[] = [];
  for (const { file: name, path } of await readDataSet(folder)) {
    const seconds = await videoSeconds(path, ffprobe);
    if (seconds > 0) {
      videos.push({ name, path, durationSeconds: seconds });
    }
  }
  return videos;
}

/** 0 for what is no video. */
async function videoSeconds(path: string, ffprobe: string): Promise<number> {
  try {
    return (await probeVideo(path, { ffprobe })).durationSeconds ?? 0;
  } catch (error) {
    if (error instanceof ReelscribeError) {
      return 0;
    }
    throw error;
  }
}
