import { timeWords } from '../../align/window-words.ts';
import { compressionRatio } from '../compression-ratio.ts';
import { WINDOW_SAMPLES } from '../mel/log-mel.ts';
import type { AudioWindow, RecognizeOptions, WindowResult } from '../recognizer.ts';
import { likeliestLanguage } from '../spoken-language.ts';
import type { EncoderStates } from './encoder.ts';
import type { TextPass } from './in-graph/text-pass.ts';
import { buildPrompt, type Prompt } from './prompt.ts';
import type { WhisperDescription } from './recognizer.ts';
import { avgLogprob, type Hypothesis } from './search.ts';
import { windowResult } from './segments.ts';
import { decodeWithFallback } from './temperature-fallback.ts';

/** A window and what its text starts from. */
export type PromptedWindow = AudioWindow & { readonly prompt: Prompt };

const ANY_LENGTH = { from: 0, to: WINDOW_SAMPLES };

/** Windows up to this write few tokens next to full ones. */
const SHORT_WINDOW_SAMPLES = WINDOW_SAMPLES / 3;

/** What the text of a window starts from. */
export function promptOf(
  { language, previousTokens }: AudioWindow,
  options: RecognizeOptions,
  { vocabulary, tokenizer, dimensions }: WhisperDescription,
): Prompt {
  const { task, timestamps = true, initialPrompt, hotwords } = options;
  return buildPrompt(
    {
      language: language ?? options.language,
      task,
      timestamps,
      initialPrompt,
      hotwords,
      previousTokens,
    },
    vocabulary,
    tokenizer,
    dimensions,
  );
}

/**
 * The cache has no place for padding: only prompts of one length share a batch.
 * Short windows go apart: their texts would wait for those of the long ones.
 *
 * @param maxRows how many of such a prompt a batch may have; at least one all the same
 */
export function decodingBatches<Window extends PromptedWindow>(
  windows: readonly Window[],
  maxRows: (prompt: Prompt) => number,
): Window[][] {
  const byKind = Map.groupBy(
    windows,
    ({ prompt, samples }) => `${prompt.tokens.length} ${samples.length <= SHORT_WINDOW_SAMPLES}`,
  );
  return [...byKind.values()].flatMap((group) => {
    const rows = Math.max(1, maxRows(group[0]!.prompt));
    return Array.from({ length: Math.ceil(group.length / rows) }, (_, batch) =>
      group.slice(batch * rows, (batch + 1) * rows),
    );
  });
}

/**
 * Decodes windows at the temperatures that the options have, those of other
 * lengths than may fall back at the first only.
 */
export function decodeAsAsked<Window extends PromptedWindow>(
  windows: readonly Window[],
  { temperatures = [0], fallbackSamples = ANY_LENGTH }: RecognizeOptions,
  decodeAt: (windows: readonly Window[], temperature: number) => Promise<WindowResult[]>,
): Promise<WindowResult[]> {
  const { from, to } = fallbackSamples;
  return decodeWithFallback(
    temperatures,
    windows,
    (temperature, open) => decodeAt(open, temperature),
    ({ samples }) => samples.length >= from && samples.length <= to,
  );
}

/** The codes of the languages that a model hears. */
export function languageCodes({ vocabulary }: WhisperDescription): string[] {
  const codes = [...vocabulary.languages.keys()];
  return codes.length > 0 ? codes : ['en'];
}

/** What a window's text says, and how sure the model is. */
export function readHypothesis(
  hypothesis: Hypothesis,
  window: AudioWindow,
  temperature: number,
  { vocabulary, tokenizer }: WhisperDescription,
): WindowResult {
  const { tokens, noSpeechProb, languageProbs } = hypothesis;
  const read = windowResult(tokens, window, vocabulary, tokenizer);
  const codes = [...vocabulary.languages.keys()];
  return {
    segments: read.segments,
    settledSamples: read.settledSamples,
    writtenSamples: read.writtenSamples,
    tokens,
    settledTokens: read.settledTokens,
    avgLogprob: avgLogprob(hypothesis),
    noSpeechProb,
    compressionRatio: compressionRatio(read.text),
    temperature,
    ...(codes.length > 0 && { language: likeliestLanguage(codes, [languageProbs]) }),
  };
}

/**
 * The results with a time for every word.
 *
 * @param statesOf what the decoder hears of windows
 */
export async function withWordTimes(
  results: readonly WindowResult[],
  windows: readonly AudioWindow[],
  { language, task }: RecognizeOptions,
  statesOf: (rows: readonly number[]) => EncoderStates,
  textPass: TextPass,
  whisper: WhisperDescription,
): Promise<WindowResult[]> {
  const recognized = results.map((result, row) => {
    const window = windows[row]!;
    return { result, window, language: window.language ?? language };
  });
  const timed = await timeWords(recognized, statesOf, task, textPass, whisper);
  return results.map((result, row) => ({ ...result, segments: timed[row]! }));
}
