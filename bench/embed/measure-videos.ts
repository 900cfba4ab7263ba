import type { PictureFile, VideoFile } from './sides/messages.ts';
import { type Comparison, peakMemory, type Sides, secondsTaken, takeTurns } from './turns.ts';

export const FRAMES_PER_VIDEO = 30;
/** A longer video is embedded once: what else the machine does evens out over it. */
const LONG_SECONDS = 300;

export type VideoFigures = {
  readonly videos: readonly ({ readonly name: string; readonly seconds: number } & Comparison)[];
  readonly peakRssMb: { readonly ours: number; readonly peer: number | null };
};

/**
 * Measures how long whole videos take, from the file to the vectors.
 *
 * @param warmUp embedded first, so that the sides have everything loaded
 */
export async function measureVideos(
  sides: Sides,
  videos: readonly VideoFile[],
  warmUp: PictureFile,
  rounds: number,
  say: (line: string) => void,
): Promise<VideoFigures> {
  await takeTurns(sides, { kind: 'embed', pictures: warmUp, batch: 1, wantsVectors: false }, 1);
  const measured: VideoFigures['videos'][number][] = [];
  const all = [];
  for (const video of videos) {
    say(`Embedding ${FRAMES_PER_VIDEO} frames of ${video.name}`);
    const turns = await takeTurns(
      sides,
      { kind: 'video', video, frames: FRAMES_PER_VIDEO },
      video.durationSeconds >= LONG_SECONDS ? 1 : rounds,
    );
    measured.push({ name: video.name, seconds: video.durationSeconds, ...secondsTaken(turns) });
    all.push(turns);
  }
  return { videos: measured, peakRssMb: peakMemory(all) };
}
