import type { ErrorCode } from './errors.ts';
import type { JobRequest } from './job-request.ts';
import {
  resolveTranscriptionModel,
  TEXT_EMBEDDING_MODELS,
  TRANSCRIPTION_MODELS,
  VIDEO_EMBEDDING_MODELS,
} from './models.ts';
import type { TranscriptionTask } from './tasks/transcription.ts';

/** Something that a valid request asks for and this version cannot do. */
export type Unavailable = {
  code: Extract<
    ErrorCode,
    'TASK_NOT_AVAILABLE' | 'NOT_AVAILABLE' | 'MODEL_NOT_FOUND' | 'INVALID_REQUEST'
  >;
  /** Dotted path into the request. */
  path: string;
  message: string;
};

/**
 * What this version would have to ignore in a request. A request with any of it
 * is refused as a whole: an option that is dropped silently is a wrong result.
 */
export function findUnavailable(request: JobRequest): Unavailable[] {
  const { transcription, diarization, videoEmbedding, textEmbedding } = request.tasks;
  return [
    ...(transcription === undefined ? [] : checkTranscription(transcription)),
    ...(diarization === undefined ? [] : [taskNotAvailable('diarization')]),
    ...(videoEmbedding === undefined
      ? []
      : checkEmbedding('videoEmbedding', videoEmbedding.model, VIDEO_EMBEDDING_MODELS)),
    ...(textEmbedding === undefined
      ? []
      : checkEmbedding('textEmbedding', textEmbedding.model, TEXT_EMBEDDING_MODELS)),
    ...(request.retentionDays === undefined
      ? []
      : [notAvailable('retentionDays', 'every job is kept as long as the deployment keeps jobs')]),
    ...(request.outputs.includes('npy') &&
    videoEmbedding === undefined &&
    textEmbedding === undefined
      ? [notAvailable('outputs', 'npy holds embeddings, and no embedding task is asked for')]
      : []),
  ];
}

function checkTranscription(task: TranscriptionTask): Unavailable[] {
  const at = (option: string) => `tasks.transcription.${option}`;
  const found: Unavailable[] = [];
  const name = resolveTranscriptionModel(task.model);
  if (name === undefined) {
    found.push(modelNotFound(at('model'), task.model));
  } else if (task.task === 'translate' && !TRANSCRIPTION_MODELS[name].translates) {
    found.push({
      code: 'INVALID_REQUEST',
      path: at('task'),
      message: `${name} was not trained to translate; use tiny, base, small, medium or large-v3`,
    });
  } else if (!TRANSCRIPTION_MODELS[name].available) {
    found.push(notAvailable(at('model'), `model ${name} is not available in this version`));
  }
  if (task.beamSize > 1) {
    found.push(notAvailable(at('beamSize'), 'beam search is not available in this version'));
  }
  if (task.hotwords !== undefined) {
    found.push(notAvailable(at('hotwords'), 'hotwords are not available in this version'));
  }
  if (task.batchSize !== undefined && task.batchSize > 1) {
    found.push(notAvailable(at('batchSize'), 'batched decoding is not available in this version'));
  }
  return found;
}

function checkEmbedding(
  task: 'videoEmbedding' | 'textEmbedding',
  model: string,
  known: readonly string[],
): Unavailable[] {
  const unknown = known.includes(model) ? [] : [modelNotFound(`tasks.${task}.model`, model)];
  return [taskNotAvailable(task), ...unknown];
}

function taskNotAvailable(task: string): Unavailable {
  return {
    code: 'TASK_NOT_AVAILABLE',
    path: `tasks.${task}`,
    message: `${task} is not available in this version`,
  };
}

function notAvailable(path: string, message: string): Unavailable {
  return { code: 'NOT_AVAILABLE', path, message };
}

function modelNotFound(path: string, model: string): Unavailable {
  return { code: 'MODEL_NOT_FOUND', path, message: `there is no model ${model}` };
}
