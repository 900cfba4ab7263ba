import {
  canTimeWords,
  resolveTranscriptionModel,
  TRANSCRIPTION_MODELS,
  type TranscriptionModel,
  type TranscriptionModelName,
} from '../models.ts';
import type { TranscriptionTask } from '../tasks/transcription.ts';
import { invalid, modelNotFound, type Unavailable } from './unavailable.ts';

export function checkTranscription(task: TranscriptionTask): Unavailable[] {
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
  const { translates, languages, takesPrompts, searches } = model;
  const timesWords = canTimeWords(task.model) ?? true;
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
