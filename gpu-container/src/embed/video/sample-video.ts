import { fileTypeFromFile } from 'file-type';
import type { VideoEmbeddingTask } from '#contracts/tasks/video-embedding.ts';
import type { MediaTools } from '../../decode/ffmpeg-binary.ts';
import { isPictureType } from '../../fetch/sniff-media.ts';
import { extractFrames } from '../frames/extract-frames.ts';
import { type FrameIndex, indexedDurationSeconds, readFrameIndex } from '../frames/frame-index.ts';
import type { Hardware } from '../frames/hardware-decode.ts';
import { probeVideo, type VideoFacts } from '../frames/probe-video.ts';
import { sampleTimes, uniformFrameTimes } from '../frames/sampling-plan.ts';
import { findSceneChanges } from '../frames/scene-changes.ts';
import { cheapestTimes } from '../frames/segment-times.ts';
import { decodeImage } from '../image/decode-image.ts';
import type { Frame } from './video-embedder.ts';

export type SamplingWish = Pick<VideoEmbeddingTask, 'sampling' | 'frames' | 'fps'>;

/**
 * `even`: the frames shown at the times that the sampling says, for models to which the
 * time between frames means something. `cheapest`: any one of each stretch between two
 * such times, that which is decoded soonest.
 */
export type Placement = 'even' | 'cheapest';

export type SampleOptions = {
  readonly tools: Pick<MediaTools, 'ffmpeg' | 'ffprobe'>;
  readonly signal?: AbortSignal | undefined;
  /** What decodes where it can; software where it cannot. */
  readonly hardware?: Hardware | undefined;
};

/** Which frames of a media file are looked at. */
export type SampledVideo = {
  readonly facts: Pick<VideoFacts, 'isStill' | 'durationSeconds'>;
  /** When each frame is wanted, in seconds, ascending. */
  readonly times: readonly number[];
  /**
   * The frame shown at each time, decoded as it is taken; throws as {@link extractFrames}
   * and {@link decodeImage}.
   */
  readonly frames: AsyncIterable<Frame>;
};

/**
 * Chooses frames of a local video, without decoding them yet. `uniform` takes the
 * frames ⌊i · all / count⌋ where the container lists them, as V-JEPA 2 was trained,
 * and goes by time where it does not. Scenes are always sampled in their middle. A png,
 * jpg or webp image is one frame at 0 s.
 *
 * @throws {ReelscribeError} as probeVideo, readFrameIndex and findSceneChanges
 * @throws The signal's reason, where it was aborted.
 */
export async function sampleVideo(
  path: string,
  wish: SamplingWish,
  placement: Placement,
  { tools, signal, hardware }: SampleOptions,
): Promise<SampledVideo> {
  const type = await fileTypeFromFile(path);
  signal?.throwIfAborted();
  if (isPictureType(type?.mime ?? null)) {
    const facts = { isStill: true, durationSeconds: 0 };
    return { facts, times: [0], frames: pictureFrames(path) };
  }
  const facts = await probeVideo(path, { ffprobe: tools.ffprobe, signal });
  const index = await readFrameIndex(path, facts, { ffprobe: tools.ffprobe, signal });
  const durationSeconds = index === null ? facts.durationSeconds : indexedDurationSeconds(index);
  const wanted =
    wish.sampling === 'uniform' && index !== null
      ? uniformFrameTimes(wish.frames, index)
      : plannedTimes(
          wish,
          durationSeconds,
          wish.sampling === 'scene' && durationSeconds !== null
            ? await findSceneChanges(path, facts, { ffmpeg: tools.ffmpeg, signal })
            : [],
        );
  const isFree = placement === 'cheapest' && wish.sampling !== 'scene';
  const times = isFree && index !== null ? cheapestTimes(wanted, index) : wanted;
  return {
    facts: { isStill: false, durationSeconds },
    times,
    frames: videoFrames(path, facts, index, times, { tools, signal, hardware }),
  };
}

/**
 * When frames are looked at of a video of which no more is known than its duration.
 *
 * @param cuts for `scene`: seconds at which a new scene begins, ascending
 */
export function plannedTimes(
  { sampling, frames, fps }: SamplingWish,
  durationSeconds: number | null,
  cuts: readonly number[] = [],
): number[] {
  const request = { sampling, frames, ...(fps !== undefined && { framesPerSecond: fps }) };
  return sampleTimes(request, durationSeconds, cuts);
}

async function* pictureFrames(path: string): AsyncGenerator<Frame, void, undefined> {
  yield { ...(await decodeImage(path)), time: 0 };
}

async function* videoFrames(
  path: string,
  facts: VideoFacts,
  index: FrameIndex | null,
  times: readonly number[],
  { tools, signal, hardware }: SampleOptions,
): AsyncGenerator<Frame, void, undefined> {
  const options = { ffmpeg: tools.ffmpeg, signal, ...(hardware && { hardware }) };
  for await (const frame of extractFrames(path, facts, index, times, options)) {
    const { time, width, height, rgb } = frame;
    // Edit lists can put pictures before the start of the media.
    yield { time: Math.max(0, time), width, height, data: rgb };
  }
}
