import { readFile } from 'node:fs/promises';
import {
  VIDEO_EMBEDDING_MODELS,
  type VideoEmbeddingModelName,
} from '#contracts/video-embedding-models.ts';
import { onDemand } from '../../onnx/on-demand.ts';
import { itemsPerPass } from '../../onnx/pass-size.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { type Batcher, createBatcher } from '../batch/batcher.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { assertGranularity } from '../video/assert-granularity.ts';
import type { OpenEmbedderOptions } from '../video/open-embedder.ts';
import type { VideoEmbedder } from '../video/video-embedder.ts';
import { meanOfViews } from '../video/views.ts';
import { type ClipText, openClipText } from './clip-text.ts';
import { clipTokenizer } from './clip-tokens.ts';
import { type ClipVision, openClipVision, openClipVisionOfBytes } from './clip-vision.ts';
import { type PreparedFrame, preparePasses } from './prepare-passes.ts';

/** Images of a forward pass on a CPU: more of them take more memory, and no less time each. */
const IMAGES_PER_CPU_PASS = 8;
/** What an image takes in single precision: 50 positions of 3072 numbers and less, a dozen such at a time. */
const GPU_BYTES_PER_IMAGE = 8 * 2 ** 20;
/** The images of a pass are handed over at once; the wait lets them get into one queue. */
const IMAGE_WAIT_MS = 2;
/** Texts wait for nobody: whoever searches wants an answer now. */
const TEXT_WAIT_MS = 0;
const TEXTS_PER_PASS = 32;

/** A loaded CLIP, in its halves. */
export type ClipParts<Pixels extends Float32Array | Uint8Array> = {
  readonly model: VideoEmbeddingModelName;
  readonly version: string;
  readonly vision: ClipVision<Pixels>;
  /** Called when a text is to be embedded for the first time. */
  readonly openText: () => Promise<ClipText>;
  readonly imagesPerPass: number;
};

/**
 * Opens CLIP from `vision.onnx`, and `text.onnx` and `tokenizer.json` once a text is to
 * be embedded.
 *
 * @throws RangeError when the files are no such model
 * @throws ReelscribeError GPU_UNAVAILABLE
 */
export async function openClipVideo({
  model,
  version,
  files,
  device,
  freeBytes,
}: OpenEmbedderOptions): Promise<VideoEmbedder> {
  const path = files.file('vision.onnx');
  const rest = {
    model,
    version,
    openText: async () => {
      const tokenizer = clipTokenizer(
        JSON.parse(await readFile(files.file('tokenizer.json'), 'utf8')),
      );
      return await openClipText({ path: files.file('text.onnx'), tokenizer, device });
    },
  };
  return device === 'cuda'
    ? createClipVideo({
        ...rest,
        vision: await openClipVisionOfBytes({ path, device }),
        imagesPerPass: itemsPerPass({ bytesPerItem: GPU_BYTES_PER_IMAGE, freeBytes }),
      })
    : createClipVideo({
        ...rest,
        vision: await openClipVision({ path, device }),
        imagesPerPass: IMAGES_PER_CPU_PASS,
      });
}

/**
 * Makes CLIP an embedder of videos: a row of unit length for each frame. Frames
 * are prepared as they come and embedded by passes' worth, so that of a video of
 * any length no more than three passes' pixels are held; videos that are embedded
 * at the same time fill passes together.
 */
export function createClipVideo<Pixels extends Float32Array | Uint8Array>({
  model,
  version,
  vision,
  openText,
  imagesPerPass,
}: ClipParts<Pixels>): VideoEmbedder {
  const images = createBatcher({
    run: async (crops: readonly RgbImage[]) => await vision.embed(vision.pixelsOf(crops)),
    maxSize: imagesPerPass,
    maxWaitMs: IMAGE_WAIT_MS,
  });
  const text = onDemand(openText);
  const texts = createBatcher({
    run: async (batch: readonly string[]) => await (await text.open()).embed(batch),
    maxSize: TEXTS_PER_PASS,
    maxWaitMs: TEXT_WAIT_MS,
  });
  return {
    model,
    version,
    dims: VIDEO_EMBEDDING_MODELS[model].dims,
    takesCaption: false,
    async embed(frames, { granularity, augmentation, signal, onProgress }) {
      assertGranularity(model, granularity);
      const passes: Promise<EmbeddedFrame[]>[] = [];
      for await (const pass of preparePasses(frames, augmentation, imagesPerPass)) {
        const embedded = embedPass(pass, images, signal);
        // It is awaited below, perhaps only after it has failed.
        embedded.catch(() => undefined);
        const [done] = await Promise.all(passes.slice(-1));
        report(done, onProgress);
        passes.push(embedded);
      }
      const embedded = await Promise.all(passes);
      report(embedded.at(-1), onProgress);
      const rows = embedded.flat();
      if (rows.length === 0) {
        throw new RangeError('There are no frames to embed');
      }
      return {
        rows: rows.map(({ row }) => row),
        spans: rows.map(({ time }) => ({ start: time, end: time })),
        frameTimes: rows.map(({ time }) => time),
      };
    },
    embedTexts: async (wanted, signal) =>
      await Promise.all(wanted.map((each) => texts.submit(each, { signal }))),
    async dispose() {
      await Promise.all([images.close(), texts.close()]);
      await Promise.all([vision.dispose(), text.dispose()]);
    },
  };
}

type EmbeddedFrame = { readonly time: number; readonly row: Float32Array };

async function embedPass(
  pass: readonly PreparedFrame[],
  images: Batcher<RgbImage, Float32Array>,
  signal: AbortSignal | undefined,
): Promise<EmbeddedFrame[]> {
  const embedded = await Promise.all(
    pass.map(async ({ times, views }) => {
      const rows = await Promise.all(views.map((view) => images.submit(view, { signal })));
      const row = unitLength(meanOfViews(rows));
      return times.map((time) => ({ time, row }));
    }),
  );
  return embedded.flat();
}

function report(
  embedded: readonly EmbeddedFrame[] | undefined,
  onProgress: ((seconds: number) => void) | undefined,
): void {
  const last = embedded?.at(-1);
  if (last !== undefined) {
    onProgress?.(last.time);
  }
}
