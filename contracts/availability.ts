import type { ErrorCode } from './errors.ts';
import type { JobRequest } from './job-request.ts';
import {
  resolveTranscriptionModel,
  TEXT_EMBEDDING_MODELS,
  TRANSCRIPTION_MODELS,
  type TranscriptionModel,
  type TranscriptionModelName,
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
  const name = resolveTranscriptionModel(task.model);
  return name === undefined
    ? [modelNotFound(optionPath('model'), task.model)]
    : checkModel(name, TRANSCRIPTION_MODELS[name], task);
}

/** What a task asks of a model that it does not have. */
function checkModel(
  name: TranscriptionModelName,
  model: TranscriptionModel,
  task: TranscriptionTask,
): Unavailable[] {
  const { translates, languages, timesWords, takesPrompts, searches } = model;
  const wishes: [option: keyof TranscriptionTask, met: boolean, lack: string][] = [
    [
      'task',
      translates || task.task !== 'translate',
      'was not trained to translate; use tiny, base, small, medium or large-v3',
    ],
    [
      'language',
      languages === undefined || ['auto', ...languages].includes(task.language),
      `knows ${languages?.join(', ')} only`,
    ],
    ['wordTimestamps', timesWords || !task.wordTimestamps, 'does not tell when a word is said'],
    ['initialPrompt', takesPrompts || task.initialPrompt === undefined, 'takes no prompt'],
    ['hotwords', takesPrompts || task.hotwords === undefined, 'takes no hotwords'],
    ['beamSize', searches || task.beamSize === 1, 'has no beam search'],
    ['temperatures', searches || task.temperatures.includes(0), 'writes at temperature 0 only'],
  ];
  return wishes
    .filter(([, met]) => !met)
    .map(([option, , lack]) => ({
      code: 'INVALID_REQUEST',
      path: optionPath(option),
      message: `${name} ${lack}`,
    }));
}

function optionPath(option: keyof TranscriptionTask): string {
  return `tasks.transcription.${option}`;
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
