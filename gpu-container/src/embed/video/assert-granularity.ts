import {
  VIDEO_EMBEDDING_MODELS,
  type VideoEmbeddingModelName,
  type VideoGranularity,
} from '#contracts/video-embedding-models.ts';

/** @throws RangeError for a granularity that the model does not have */
export function assertGranularity(
  model: VideoEmbeddingModelName,
  granularity: VideoGranularity,
): void {
  const { granularities } = VIDEO_EMBEDDING_MODELS[model];
  if (!granularities.includes(granularity)) {
    throw new RangeError(`${model} gives vectors by ${granularities.join(' or ')} only`);
  }
}
