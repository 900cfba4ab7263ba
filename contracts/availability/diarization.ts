import { DIARIZATION_BACKENDS, DIARIZATION_MODELS } from '../models.ts';
import {
  DEFAULT_MAX_SPEAKERS,
  DEFAULT_MIN_SPEAKERS,
  type DiarizationTask,
} from '../tasks/diarization.ts';
import type { TranscriptionTask } from '../tasks/transcription.ts';
import { invalid, modelNotFound, type Unavailable } from './unavailable.ts';

export function checkDiarization(
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
