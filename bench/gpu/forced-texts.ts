import { buildPrompt, type Prompt } from '../../gpu-container/src/transcribe/whisper/prompt.ts';
import type { WhisperDescription } from '../../gpu-container/src/transcribe/whisper/recognizer.ts';

/** A model that may not end a text, so that every window gets as many tokens. */
export function withoutEnd(whisper: WhisperDescription): WhisperDescription {
  const { vocabulary } = whisper;
  const suppressed = [...vocabulary.suppressed, vocabulary.endOfText];
  return { ...whisper, vocabulary: { ...vocabulary, suppressed } };
}

/** English, without timestamps, whose rules would have a text end. */
export function forcedPrompt({ vocabulary, tokenizer, dimensions }: WhisperDescription): Prompt {
  const asked = { language: 'en', task: 'transcribe', timestamps: false } as const;
  return buildPrompt(asked, vocabulary, tokenizer, dimensions);
}
