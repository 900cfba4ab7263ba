import { readFile } from 'node:fs/promises';
import { VIDEO_EMBEDDING_MODELS } from '#contracts/video-embedding-models.ts';
import { onDemand } from '../../onnx/on-demand.ts';
import { unitLength } from '../../vector/unit-length.ts';
import { createBatcher } from '../batch/batcher.ts';
import { assertGranularity } from '../video/assert-granularity.ts';
import type { OpenEmbedderOptions } from '../video/open-embedder.ts';
import type {
  EmbedVideoOptions,
  Frame,
  VideoEmbedder,
  VideoRows,
} from '../video/video-embedder.ts';
import { type Slice, slicePatches } from './patches.ts';
import { fitted, prepareVideo } from './prepare-slices.ts';
import { buildPrompt, type PromptContent } from './prompt.ts';
import { promptTokenizer } from './prompt-tokenizer.ts';
import { imageSize } from './smart-resize.ts';
import { openQwen3Text } from './text-session.ts';
import { tokenGrid, visionGrid } from './vision-grid.ts';
import { openQwen3Vision, type VisualTokens } from './vision-session.ts';
import type { SeenPrompt } from './visual-rows.ts';

/** Prompts that come in while others are computed share the next pass; none waits otherwise. */
const PROMPTS_PER_PASS = 64;

/**
 * Opens Qwen3-VL-Embedding (Li et al., "Qwen3-VL-Embedding and Qwen3-VL-Reranker", 2026)
 * from `text.onnx` and `tokenizer.json`, and `vision.onnx` once there is something to see.
 *
 * - `video`: one row for all frames, read together with the caption
 * - `frame`: a row for each frame as a picture by itself, read together with the caption
 *
 * Rows and texts have unit length.
 *
 * @throws RangeError when the files are no such model
 * @throws ReelscribeError GPU_UNAVAILABLE
 */
export async function openQwen3VlVideo({
  model,
  version,
  files,
  device,
}: OpenEmbedderOptions): Promise<VideoEmbedder> {
  const { dims, frames: allowed } = VIDEO_EMBEDDING_MODELS[model];
  const tokenizer = promptTokenizer(
    JSON.parse(await readFile(files.file('tokenizer.json'), 'utf8')) as object,
  );
  const padToken = tokenizer.special.endOfText;
  const text = await openQwen3Text({ path: files.file('text.onnx'), padToken, device });
  if (text.hidden !== dims) {
    await text.dispose();
    throw new RangeError(`The model has vectors of ${text.hidden} dims, ${model} of ${dims}`);
  }
  const vision = onDemand(() => openQwen3Vision({ path: files.file('vision.onnx'), device }));
  // Slices of videos that are embedded at the same time take turns.
  const slices = createBatcher({
    run: async (batch: readonly Slice[]) => {
      const tower = await vision.open();
      return await Promise.all(
        batch.map((slice) => tower.look(slicePatches(slice), visionGrid(slice[0]))),
      );
    },
    maxSize: 1,
    maxWaitMs: 0,
  });
  const prompts = createBatcher({
    run: async (batch: readonly SeenPrompt[]) => await text.embed(batch),
    maxSize: PROMPTS_PER_PASS,
    maxWaitMs: 0,
  });

  const embed = async (
    content: PromptContent,
    visuals: readonly VisualTokens[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> => {
    const prompt = buildPrompt(content, tokenizer);
    return unitLength(await prompts.submit({ prompt, visuals }, { signal }));
  };

  const embedWhole = async (
    frames: AsyncIterable<Frame>,
    { caption, signal, onProgress }: EmbedVideoOptions,
  ): Promise<VideoRows> => {
    const video = await prepareVideo(frames, allowed.most);
    const visuals: VisualTokens[] = [];
    for (const [index, slice] of video.slices.entries()) {
      visuals.push(await slices.submit(slice, { signal }));
      onProgress?.(video.sliceTimes[index]!);
    }
    const tokens = tokenGrid(visionGrid(video.size));
    const content = { video: { tokens, times: video.sliceTimes }, text: caption };
    const row = await embed(content, visuals, signal);
    const { frameTimes } = video;
    const end = frameTimes.at(-1)!;
    onProgress?.(end);
    return { rows: [row], spans: [{ start: frameTimes[0]!, end }], frameTimes };
  };

  const embedEach = async (
    frames: AsyncIterable<Frame>,
    { caption, signal, onProgress }: EmbedVideoOptions,
  ): Promise<VideoRows> => {
    const rows: Float32Array[] = [];
    const frameTimes: number[] = [];
    let shown: Uint8Array | undefined;
    for await (const { time, ...frame } of frames) {
      if (frame.data === shown) {
        rows.push(rows.at(-1)!);
      } else {
        const picture = fitted(frame, imageSize(frame));
        const visual = await slices.submit([picture, picture], { signal });
        const image = { tokens: tokenGrid(visionGrid(picture)) };
        rows.push(await embed({ image, text: caption }, [visual], signal));
      }
      shown = frame.data;
      frameTimes.push(time);
      onProgress?.(time);
    }
    if (rows.length === 0) {
      throw new RangeError('There are no frames to embed');
    }
    return { rows, spans: frameTimes.map((time) => ({ start: time, end: time })), frameTimes };
  };

  return {
    model,
    version,
    dims,
    takesCaption: true,
    async embed(frames, options) {
      assertGranularity(model, options.granularity);
      return options.granularity === 'video'
        ? await embedWhole(frames, options)
        : await embedEach(frames, options);
    },
    embedTexts: async (texts, signal) =>
      await Promise.all(texts.map((each) => embed({ text: each }, [], signal))),
    async dispose() {
      await Promise.all([slices.close(), prompts.close()]);
      await Promise.all([text.dispose(), vision.dispose()]);
    },
  };
}
