import { join } from 'node:path';
import { findFfmpeg, type MediaTools } from '../../gpu-container/src/decode/ffmpeg-binary.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { UsageError } from '../command/run-bench.ts';
import type { EmbedArguments } from './arguments.ts';
import { type ClipFolder, layOutClip } from './clip-model/model-folder.ts';
import { VIT_B32 } from './clip-model/vision-shape.ts';
import { benchExtraction, type ExtractionRow } from './extraction/bench-extraction.ts';
import { makeClips } from './extraction/made-clips.ts';
import { listedVideos } from './inputs/listed-videos.ts';
import { writePictures } from './inputs/pictures.ts';
import { type ModelPictures, measureModels } from './measure-models.ts';
import { FRAMES_PER_VIDEO, measureVideos } from './measure-videos.ts';
import type { Figures } from './report.ts';
import type { SideSetup, VideoFile } from './sides/messages.ts';
import { startSide } from './sides/start-side.ts';
import { benchTextRequests } from './text-throughput/bench-text-requests.ts';
import type { Sides } from './turns.ts';

const VIDEO_SECONDS = [10, 60, 1_200];
const EXTRACTION_SECONDS = [10, 60];
/** In frames: one a second, as streaming has it, and as many as x264 leaves if not told. */
const KEYFRAME_INTERVALS = [30, 250];
/** Runs of the same thing; of videos and extractions fewer, as they take longer. */
const ROUNDS = 5;
const LONG_ROUNDS = 3;
const PICTURES = 32;
const TEXT_MODEL = 'all-minilm-l6-v2';

type Surroundings = { readonly scratchDir: string; readonly say: (line: string) => void };

/** Measures everything, one thing at a time. */
export async function runEmbedBench(
  { data, threads, quick, skipPeer }: EmbedArguments,
  { scratchDir, say }: Surroundings,
): Promise<Figures & Pick<ClipFolder, 'weights'>> {
  const tools = await findFfmpeg(process.env, { pullTool: modelStoreFromEnvironment().pull });
  const { ffmpeg, ffprobe } = tools;
  say('Laying out the model and the videos');
  const clip = await layOutClip(scratchDir);
  const made = await madeVideos(
    quick ? VIDEO_SECONDS.slice(0, 1) : VIDEO_SECONDS,
    ffmpeg,
    scratchDir,
  );
  const videos = data === undefined ? made : await listedVideos(data, ffprobe);
  if (videos.length === 0) {
    throw new UsageError(`no video of ${data} could be read`);
  }
  const pictures = await picturesOf(made[0]!, ffmpeg, scratchDir);
  const setup: SideSetup = {
    ...{ threads, ffmpeg, ffprobe, scratchDir },
    modelFolder: clip.folder,
    visionPath: clip.visionPath,
  };
  const [rounds, longRounds] = quick ? [1, 1] : [ROUNDS, LONG_ROUNDS];
  return {
    weights: clip.weights,
    models: await withSides(setup, skipPeer, (sides) =>
      measureModels(sides, pictures, rounds, say),
    ),
    // In processes of their own, whose peak memory is that of videos.
    videos: await withSides(setup, skipPeer, (sides) =>
      measureVideos(sides, videos, pictures.small, longRounds, say),
    ),
    extraction: await measureExtraction(tools, threads, quick, { scratchDir, say }),
    text: await measureTexts(scratchDir, quick, say),
  };
}

async function madeVideos(
  lengthsSeconds: readonly number[],
  ffmpeg: string,
  folder: string,
): Promise<VideoFile[]> {
  const clips = await makeClips(ffmpeg, folder, lengthsSeconds, KEYFRAME_INTERVALS.slice(-1));
  return clips.map(({ path, seconds }) => ({
    ...{ name: `${seconds} s`, path },
    durationSeconds: seconds,
  }));
}

async function withSides<Measured>(
  setup: SideSetup,
  skipPeer: boolean,
  measure: (sides: Sides) => Promise<Measured>,
): Promise<Measured> {
  await using ours = await startSide('ours', setup);
  await using peer = skipPeer ? undefined : await startSide('peer', setup);
  return await measure({ ours, peer });
}

async function picturesOf(
  video: VideoFile,
  ffmpeg: string,
  folder: string,
): Promise<ModelPictures> {
  const { imageSize } = VIT_B32;
  const small = { width: imageSize, height: imageSize, count: PICTURES };
  const frames = { width: 1920, height: 1080, count: PICTURES };
  return {
    small: await writePictures(video, { ...small, path: join(folder, 'small.rgb') }, ffmpeg),
    frames: await writePictures(video, { ...frames, path: join(folder, 'frames.rgb') }, ffmpeg),
  };
}

async function measureExtraction(
  tools: MediaTools,
  threads: number,
  quick: boolean,
  surroundings: Surroundings,
): Promise<ExtractionRow[]> {
  return await benchExtraction({
    ...{ tools, threads, ...surroundings },
    frames: FRAMES_PER_VIDEO,
    lengthsSeconds: quick ? EXTRACTION_SECONDS.slice(0, 1) : EXTRACTION_SECONDS,
    keyframeIntervals: quick ? KEYFRAME_INTERVALS.slice(-1) : KEYFRAME_INTERVALS,
    rounds: quick ? 1 : LONG_ROUNDS,
  });
}

/** Of the length of search queries, and of sentences. */
const WORDS = { query: [2, 5], sentence: [6, 12] } as const;

async function measureTexts(scratchDir: string, quick: boolean, say: Surroundings['say']) {
  const measure = async (kind: keyof typeof WORDS) => {
    const words = WORDS[kind];
    say(`Texts of ${words.join(' to ')} words through the service`);
    return await benchTextRequests({
      model: TEXT_MODEL,
      scratchDir,
      words,
      ...(quick && { requests: 128, rounds: 1 }),
    });
  };
  return { query: await measure('query'), sentence: await measure('sentence') };
}
