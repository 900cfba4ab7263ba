import type { TextTokenizer } from '../tokenizer.ts';
import type { WhisperDimensions, WhisperVocabulary } from './model-config.ts';

export type PromptOptions = {
  /** Ignored by English-only models. */
  language: string;
  task: 'transcribe' | 'translate';
  timestamps: boolean;
  initialPrompt?: string | undefined;
};

export type Prompt = {
  readonly tokens: readonly number[];
  /** Where <|startoftranscript|> stands; the no-speech probability is read there. */
  readonly startIndex: number;
};

/**
 * The tokens a window's text starts from: what was said before (the last
 * half of the positions less one, as in openai/whisper), then language and task.
 *
 * @throws RangeError for a language the model does not know
 */
export function buildPrompt(
  { language, task, timestamps, initialPrompt }: PromptOptions,
  vocabulary: WhisperVocabulary,
  tokenizer: TextTokenizer,
  { decoderPositions }: Pick<WhisperDimensions, 'decoderPositions'>,
): Prompt {
  const previous = initialPrompt?.trim()
    ? [
        vocabulary.startOfPrevious,
        ...tokenizer.encode(` ${initialPrompt.trim()}`).slice(-(decoderPositions / 2 - 1)),
      ]
    : [];
  return {
    tokens: [
      ...previous,
      vocabulary.startOfTranscript,
      ...languageAndTask(language, task, vocabulary),
      ...(timestamps ? [] : [vocabulary.noTimestamps]),
    ],
    startIndex: previous.length,
  };
}

function languageAndTask(
  language: string,
  task: PromptOptions['task'],
  { languages, tasks }: WhisperVocabulary,
): number[] {
  if (!tasks) {
    return [];
  }
  const languageToken = languages.get(language);
  if (languageToken === undefined) {
    throw new RangeError(`The model does not know the language ${language}`);
  }
  return [languageToken, tasks[task]];
}
