import { runProcess } from '../../../gpu-container/src/decode/run-process.ts';
import type { PictureFile, VideoFile } from '../sides/messages.ts';

const TIMEOUT_MS = 600_000;

/** Writes frames of a video, evenly taken, as RGB pictures of a size. */
export async function writePictures(
  { path: video, durationSeconds }: VideoFile,
  pictures: PictureFile,
  ffmpeg: string,
): Promise<PictureFile> {
  const { path, width, height, count } = pictures;
  await runProcess(
    ffmpeg,
    [
      ...['-nostdin', '-loglevel', 'error', '-y', '-i', video],
      ...['-vf', `fps=${count}/${durationSeconds},scale=${width}:${height}`],
      ...['-frames:v', String(count), '-f', 'rawvideo', '-pix_fmt', 'rgb24', path],
    ],
    { timeoutMs: TIMEOUT_MS },
  );
  return pictures;
}
