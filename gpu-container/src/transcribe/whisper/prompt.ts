import type { TextTokenizer } from '../tokenizer.ts';
import type { WhisperDimensions, WhisperVocabulary } from './model-config.ts';

export type PromptOptions = {
  /** Ignored by English-only models. */
  language: string;
  task: 'transcribe' | 'translate';
  timestamps: boolean;
  initialPrompt?: string | undefined;
  /** Words likely to be said; they lead what was said before. */
  hotwords?: readonly string[] | undefined;
  /** What was written of the audio before the window. */
  previousTokens?: readonly number[] | undefined;
};

export type Prompt = {
  readonly tokens: readonly number[];
  /** Where <|startoftranscript|> stands; the no-speech probability is read there. */
  readonly startIndex: number;
};

/**
 * The tokens a window's text starts from: what was said before (the last half of
 * the positions less one, as in openai/whisper), then language and task. Where
 * that is too long, hotwords keep their place and the oldest text goes.
 *
 * @throws RangeError for a language the model does not know
 */
export function buildPrompt(
  { language, task, timestamps, initialPrompt, hotwords, previousTokens }: PromptOptions,
  vocabulary: WhisperVocabulary,
  tokenizer: TextTokenizer,
  { decoderPositions }: Pick<WhisperDimensions, 'decoderPositions'>,
): Prompt {
  const encode = (text = '') => (text.trim() ? tokenizer.encode(` ${text.trim()}`) : []);
  const room = decoderPositions / 2 - 1;
  const hot = encode(hotwords?.join(', ')).slice(0, room);
  const said = [...encode(initialPrompt), ...(previousTokens ?? [])];
  const before = [...hot, ...said.slice(Math.max(0, said.length - (room - hot.length)))];
  const previous = before.length === 0 ? [] : [vocabulary.startOfPrevious, ...before];
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
