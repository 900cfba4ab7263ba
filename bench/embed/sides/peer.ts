import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RgbImage } from '../../../gpu-container/src/embed/image/rgb-image.ts';
import { unitLength } from '../../../gpu-container/src/vector/unit-length.ts';
import { PEER_PACKAGE_DIR } from '../../transcribe/peer-package.ts';
import type { EmbeddingSide, SideSetup } from './messages.ts';
import { readPictures } from './read-pictures.ts';
import { serveSide } from './serve-side.ts';

type Tensor = { readonly dims: readonly number[]; readonly data: Float32Array };
type PeerImage = { readonly width: number };

/** The part of transformers.js that is used here. */
type Transformers = {
  env: { allowRemoteModels: boolean; localModelPath: string };
  RawImage: new (data: Uint8Array, width: number, height: number, channels: 3) => PeerImage;
  pipeline(
    task: 'image-feature-extraction',
    model: string,
    options: Record<string, unknown>,
  ): Promise<FeatureExtractor>;
};

type FeatureExtractor = {
  (images: string | readonly PeerImage[]): Promise<Tensor>;
  processor(images: readonly PeerImage[]): Promise<{ pixel_values: Tensor }>;
};

/** The other side: transformers.js with the same file and threads, used as its documentation shows. */
async function openPeer({
  modelFolder,
  threads,
  ffmpeg,
  scratchDir,
}: SideSetup): Promise<EmbeddingSide> {
  const requirePeer = createRequire(join(PEER_PACKAGE_DIR, 'package.json'));
  const { env, pipeline, RawImage } = requirePeer('@huggingface/transformers') as Transformers;
  env.allowRemoteModels = false;
  env.localModelPath = dirname(modelFolder);
  const extractFeatures = await pipeline('image-feature-extraction', basename(modelFolder), {
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: threads },
  });
  const asImages = (pictures: readonly RgbImage[]) =>
    pictures.map(({ data, width, height }) => new RawImage(data, width, height, 3));
  return {
    async prepare(task) {
      switch (task.kind) {
        case 'embed': {
          const images = asImages(await readPictures(task.pictures));
          return async () => {
            const vectors: Float32Array[] = [];
            for (let start = 0; start < images.length; start += task.batch) {
              vectors.push(
                ...rowsOf(await extractFeatures(images.slice(start, start + task.batch))),
              );
            }
            return { pictures: vectors.length, ...(task.wantsVectors && { vectors }) };
          };
        }
        case 'prepare': {
          const images = asImages(await readPictures(task.pictures));
          return async () => {
            for (const image of images) {
              await extractFeatures.processor([image]);
            }
            return { pictures: images.length };
          };
        }
        case 'video':
          return async () => {
            const { path, durationSeconds } = task.video;
            const folder = await mkdtemp(join(scratchDir, 'frames-'));
            const rate = `fps=${task.frames}/${durationSeconds}`;
            await promisify(execFile)(ffmpeg, [
              ...['-nostdin', '-loglevel', 'error', '-i', path],
              ...['-vf', rate, join(folder, 'out_%03d.png')],
            ]);
            const files = (await readdir(folder)).sort();
            for (const file of files) {
              await extractFeatures(join(folder, file));
            }
            await rm(folder, { recursive: true });
            return { pictures: files.length };
          };
      }
    },
  };
}

function rowsOf({ dims: [rows = 0, dims = 0], data }: Tensor): Float32Array[] {
  return Array.from({ length: rows }, (_, row) =>
    unitLength(data.subarray(row * dims, (row + 1) * dims)),
  );
}

serveSide(openPeer);
