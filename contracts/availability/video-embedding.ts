import type { OutputFormat } from '../job-request.ts';
import type { VideoEmbeddingTask } from '../tasks/video-embedding.ts';
import {
  resolveVideoEmbeddingModel,
  VIDEO_EMBEDDING_MODELS,
  type VideoEmbeddingModel,
} from '../video-embedding-models.ts';
import { invalid, modelNotFound, UNTRAINED_FOR_DIMS, type Unavailable } from './unavailable.ts';

export function checkVideoEmbedding(
  task: VideoEmbeddingTask,
  outputs: readonly OutputFormat[],
): Unavailable[] {
  const name = resolveVideoEmbeddingModel(task.model);
  if (name === undefined) {
    return [modelNotFound(path('model'), task.model)];
  }
  const wishes = [
    ...wishesOfModel(task, VIDEO_EMBEDDING_MODELS[name]),
    ...wishesOfGranularity(task, outputs),
  ];
  return wishes
    .filter(([, isMet]) => !isMet)
    .map(([option, , lack]) => invalid(path(option), `${name} ${lack}`));
}

type Wish = [option: keyof VideoEmbeddingTask, isMet: boolean, lack: string];

function wishesOfModel(task: VideoEmbeddingTask, model: VideoEmbeddingModel): Wish[] {
  const { granularities, augmentations, frames, reads, dims, leastDims } = model;
  const { multipleOf = 1 } = frames;
  return [
    [
      'fps',
      task.fps === undefined || task.sampling === 'fps',
      'is told a rate, which only the sampling fps goes by',
    ],
    [
      'granularity',
      granularities.includes(task.granularity),
      `gives vectors by ${granularities.join(' or ')} only`,
    ],
    [
      'augmentation',
      augmentations.includes(task.augmentation),
      `is not averaged over ${task.augmentation}`,
    ],
    ['frames', task.frames <= frames.most, `looks at ${frames.most} frames at most`],
    ['frames', task.frames % multipleOf === 0, `takes a multiple of ${multipleOf} frames`],
    ['caption', task.caption === undefined || reads, 'does not read; leave the caption out'],
    ['dims', task.dims === undefined || leastDims !== undefined, UNTRAINED_FOR_DIMS],
    [
      'dims',
      task.dims === undefined ||
        leastDims === undefined ||
        (task.dims >= leastDims && task.dims <= dims),
      `can be cut to ${leastDims} to ${dims} dims`,
    ],
  ];
}

/** A video's tokens are millions of numbers: too many for a document, too different to be pooled. */
function wishesOfGranularity(
  { granularity, pooling, augmentation }: VideoEmbeddingTask,
  outputs: readonly OutputFormat[],
): Wish[] {
  return [
    [
      'pooling',
      pooling === 'none' || granularity === 'frame' || granularity === 'slice',
      `has nothing to pool by ${granularity}; leave pooling out, or pool slices or frames`,
    ],
    [
      'augmentation',
      augmentation === 'none' || granularity !== 'token',
      'has no mean of tokens over views: each shows another place',
    ],
    [
      'granularity',
      granularity !== 'token' || outputs.includes('npy'),
      'gives tokens as npy only; add it to outputs',
    ],
  ];
}

function path(option: keyof VideoEmbeddingTask): string {
  return `tasks.videoEmbedding.${option}`;
}
