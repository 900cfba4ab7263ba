import { TEXT_EMBEDDING_MODELS } from '../models.ts';
import type { TextEmbeddingTask } from '../tasks/text-embedding.ts';
import type { TranscriptionTask } from '../tasks/transcription.ts';
import { invalid, modelNotFound, UNTRAINED_FOR_DIMS, type Unavailable } from './unavailable.ts';

export function checkTextEmbedding(
  { model, dims }: TextEmbeddingTask,
  transcription: TranscriptionTask | undefined,
): Unavailable[] {
  const wordless =
    'there is no text to embed: ask for the transcription task too, as `"transcription": {}`';
  const untrained = `${model} ${UNTRAINED_FOR_DIMS}`;
  const isKnown = TEXT_EMBEDDING_MODELS.some((known) => known === model);
  return [
    ...(transcription === undefined ? [invalid('tasks.textEmbedding', wordless)] : []),
    ...(isKnown ? [] : [modelNotFound('tasks.textEmbedding.model', model)]),
    ...(isKnown && dims !== undefined ? [invalid('tasks.textEmbedding.dims', untrained)] : []),
  ];
}
