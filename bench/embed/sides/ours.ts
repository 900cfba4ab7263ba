import { videoEmbeddingSchema } from '#contracts/tasks/video-embedding.ts';
import { clipPixels } from '../../../gpu-container/src/embed/clip/clip-preprocessing.ts';
import { createClipVideo } from '../../../gpu-container/src/embed/clip/clip-video.ts';
import { openClipVision } from '../../../gpu-container/src/embed/clip/clip-vision.ts';
import type { RgbImage } from '../../../gpu-container/src/embed/image/rgb-image.ts';
import { embedVideo } from '../../../gpu-container/src/embed/video/embed-video.ts';
import type {
  Frame,
  VideoEmbedder,
} from '../../../gpu-container/src/embed/video/video-embedder.ts';
import type { EmbeddingSide, SideSetup, SideWork } from './messages.ts';
import { readPictures } from './read-pictures.ts';
import { serveSide } from './serve-side.ts';

const MODEL = 'clip-vit-b32';
/** Images of a forward pass of the product on a CPU. */
const PRODUCT_BATCH = 8;

/** Our side: what a job runs, with the model opened as the product opens it but for the size of a pass. */
async function openOurs({
  visionPath,
  threads,
  ffmpeg,
  ffprobe,
}: SideSetup): Promise<EmbeddingSide> {
  const vision = await openClipVision({ path: visionPath, threads });
  const embedderOf = (batch: number): VideoEmbedder =>
    createClipVideo({
      model: MODEL,
      version: 'bench',
      vision,
      openText: async () => {
        throw new Error('No text is embedded here');
      },
      imagesPerPass: batch,
    });
  return {
    async prepare(task) {
      switch (task.kind) {
        case 'embed': {
          const pictures = await readPictures(task.pictures);
          const embedder = embedderOf(task.batch);
          return async () => {
            const { rows } = await embedder.embed(framesOf(pictures), {
              granularity: 'frame',
              augmentation: 'none',
            });
            return { pictures: rows.length, ...(task.wantsVectors && { vectors: rows }) };
          };
        }
        case 'prepare': {
          const pictures = await readPictures(task.pictures);
          return async () => preparePixels(pictures);
        }
        case 'video': {
          const request = videoEmbeddingSchema.parse({ model: MODEL, frames: task.frames });
          const embedder = embedderOf(PRODUCT_BATCH);
          return async () => {
            const tools = { ffmpeg, ffprobe };
            const { frameTimes } = await embedVideo(task.video.path, request, embedder, { tools });
            return { pictures: frameTimes.length };
          };
        }
      }
    },
  };
}

/** Pictures as frames of a video, one a second. */
async function* framesOf(pictures: readonly RgbImage[]): AsyncGenerator<Frame, void, undefined> {
  for (const [time, picture] of pictures.entries()) {
    yield { ...picture, time };
  }
}

function preparePixels(pictures: readonly RgbImage[]): SideWork {
  for (const picture of pictures) {
    clipPixels([picture]);
  }
  return { pictures: pictures.length };
}

serveSide(openOurs);
