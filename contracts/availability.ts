import type { ErrorCode } from './errors.ts';
import type { JobRequest } from './job-request.ts';
import {
  DIARIZATION_BACKENDS,
  DIARIZATION_MODELS,
  resolveTranscriptionModel,
  TEXT_EMBEDDING_MODELS,
  TRANSCRIPTION_MODELS,
  type TranscriptionModel,
  type TranscriptionModelName,
  VIDEO_EMBEDDING_MODELS,
} from './models.ts';
import {
  DEFAULT_MAX_SPEAKERS,
  DEFAULT_MIN_SPEAKERS,
  type DiarizationTask,
} from './tasks/diarization.ts';
import type { TextEmbeddingTask } from './tasks/text-embedding.ts';
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
    ...(diarization === undefined ? [] : checkDiarization(diarization, transcription)),
    ...(videoEmbedding === undefined ? [] : checkVideoEmbedding(videoEmbedding.model)),
    ...(textEmbedding === undefined ? [] : checkTextEmbedding(textEmbedding, transcription)),
    ...(request.retentionDays === undefined
      ? []
      : [notAvailable('retentionDays', 'every job is kept as long as the deployment keeps jobs')]),
    ...(request.outputs.includes('rttm') && diarization === undefined
      ? [notAvailable('outputs', 'rttm tells who speaks when, and no diarization is asked for')]
      : []),
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
    ? [modelNotFound(transcriptionPath('model'), task.model)]
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
    .map(([option, , lack]) => invalid(transcriptionPath(option), `${name} ${lack}`));
}

function transcriptionPath(option: keyof TranscriptionTask): string {
  return `tasks.transcription.${option}`;
}

function checkDiarization(
  task: DiarizationTask,
  transcription: TranscriptionTask | undefined,
): Unavailable[] {
  const wordless =
    'there are no words to give to speakers: ask for the transcription task too, as `"transcription": {}`';
  return [
    ...(transcription === undefined ? [invalid('tasks.diarization', wordless)] : []),
    ...checkVoiceModel(task),
    ...ignoredOptions(task).map(([option, reason]) => invalid(diarizationPath(option), reason)),
  ];
}

function checkVoiceModel({ backend, model, perChannel }: DiarizationTask): Unavailable[] {
  const path = diarizationPath('model');
  const usable: readonly string[] = DIARIZATION_BACKENDS[backend];
  if (perChannel || model === undefined || usable.includes(model)) {
    return [];
  }
  if (!DIARIZATION_MODELS.some((known) => known === model)) {
    return [modelNotFound(path, model)];
  }
  return [
    invalid(
      path,
      usable.length === 0
        ? `the backend ${backend} uses no model`
        : `the backend ${backend} cannot use ${model}; it takes ${usable.join(' or ')}`,
    ),
  ];
}

/** Options that mean nothing beside another one. */
function ignoredOptions(task: DiarizationTask): [option: keyof DiarizationTask, reason: string][] {
  const reason = task.perChannel
    ? 'means nothing with perChannel: each channel of the audio is one speaker'
    : 'means nothing to the backend noop: it listens to no voices';
  if (!task.perChannel && task.backend !== 'noop') {
    return [];
  }
  const given: [option: keyof DiarizationTask, isGiven: boolean][] = [
    ['backend', task.perChannel && task.backend !== 'auto'],
    ['model', task.perChannel && task.model !== undefined],
    ['minSpeakers', task.minSpeakers !== DEFAULT_MIN_SPEAKERS],
    ['maxSpeakers', task.numSpeakers === undefined && task.maxSpeakers !== DEFAULT_MAX_SPEAKERS],
    ['numSpeakers', task.numSpeakers !== undefined],
    ['minSegmentDuration', task.minSegmentDuration !== undefined],
    ['speakerNames', !task.perChannel && task.speakerNames !== undefined],
    ['knownVoices', task.knownVoices !== undefined],
  ];
  return given.filter(([, isGiven]) => isGiven).map(([option]) => [option, reason]);
}

function diarizationPath(option: keyof DiarizationTask): string {
  return `tasks.diarization.${option}`;
}

function checkVideoEmbedding(model: string): Unavailable[] {
  const isKnown = VIDEO_EMBEDDING_MODELS.some((known) => known === model);
  return [
    {
      code: 'TASK_NOT_AVAILABLE',
      path: 'tasks.videoEmbedding',
      message: 'videoEmbedding is not available in this version',
    },
    ...(isKnown ? [] : [modelNotFound('tasks.videoEmbedding.model', model)]),
  ];
}

function checkTextEmbedding(
  { model, dims }: TextEmbeddingTask,
  transcription: TranscriptionTask | undefined,
): Unavailable[] {
  const wordless =
    'there is no text to embed: ask for the transcription task too, as `"transcription": {}`';
  const untrained = `${model} was not trained so that the first numbers of its vectors mean something by themselves (Matryoshka); leave dims out`;
  const isKnown = TEXT_EMBEDDING_MODELS.some((known) => known === model);
  return [
    ...(transcription === undefined ? [invalid('tasks.textEmbedding', wordless)] : []),
    ...(isKnown ? [] : [modelNotFound('tasks.textEmbedding.model', model)]),
    ...(isKnown && dims !== undefined ? [invalid('tasks.textEmbedding.dims', untrained)] : []),
  ];
}

function invalid(path: string, message: string): Unavailable {
  return { code: 'INVALID_REQUEST', path, message };
}

function notAvailable(path: string, message: string): Unavailable {
  return { code: 'NOT_AVAILABLE', path, message };
}

function modelNotFound(path: string, model: string): Unavailable {
  return { code: 'MODEL_NOT_FOUND', path, message: `there is no model ${model}` };
}
