import { SAMPLE_RATE } from '../decode/pcm.ts';
import type { RecognizedSegment, WindowResult } from '../transcribe/recognizer.ts';
import type { DecoderRun } from '../transcribe/whisper/decoder.ts';
import { logSumExp } from '../transcribe/whisper/log-softmax.ts';
import type { AlignmentHead } from '../transcribe/whisper/model-config.ts';
import { buildPrompt, type PromptOptions } from '../transcribe/whisper/prompt.ts';
import type { WhisperDescription } from '../transcribe/whisper/recognizer.ts';
import { tokenSegments } from '../transcribe/whisper/segments.ts';
import {
  alignWords,
  ENCODER_POSITION_SECONDS,
  type TextPass,
  type UntimedSegment,
} from './align-words.ts';
import { findPauses } from './pauses.ts';
import { groupTokens } from './word-grouping.ts';

/** A window as it was recognised. */
type RecognizedWindow = Pick<WindowResult, 'segments' | 'tokens' | 'settledSamples'>;

/**
 * Times the words of a recognised window in one pass over its text, without
 * timestamps and without what was said before, as openai/whisper aligns.
 *
 * @param decoder at the encoder states of the window
 * @returns the segments of the window, with words
 */
export async function timeWindowWords(
  decoder: Pick<DecoderRun, 'attend'>,
  { segments, tokens, settledSamples }: RecognizedWindow,
  samples: Float32Array,
  { language, task }: Pick<PromptOptions, 'language' | 'task'>,
  whisper: WhisperDescription,
): Promise<RecognizedSegment[]> {
  const { vocabulary, tokenizer, dimensions } = whisper;
  // A translation is English, whatever was spoken.
  const written = task === 'translate' ? 'en' : language;
  const { segments: cut } = tokenSegments(tokens, vocabulary, samples.length / SAMPLE_RATE);
  const untimed = segments.map((segment, index): UntimedSegment => {
    const text = cut[index]!.tokens.filter((token) => token < vocabulary.endOfText);
    return { ...segment, words: groupTokens(text, tokenizer.decode, written) };
  });
  const text = untimed.flatMap(({ words }) => words.flatMap((word) => word.tokens));
  if (text.length === 0) {
    return segments.map((segment) => ({ ...segment, words: [] }));
  }
  const prompt = buildPrompt(
    { language, task, timestamps: false },
    vocabulary,
    tokenizer,
    dimensions,
  );
  const pass = await passText(decoder, prompt.tokens, text, whisper);
  const frames = Math.floor(samples.length / SAMPLE_RATE / ENCODER_POSITION_SECONDS);
  return alignWords(
    untimed,
    pass,
    Math.min(dimensions.encoderPositions, Math.max(1, frames)),
    findPauses(samples),
    settledSamples / SAMPLE_RATE,
  );
}

async function passText(
  decoder: Pick<DecoderRun, 'attend'>,
  prompt: readonly number[],
  text: readonly number[],
  { vocabulary, dimensions, alignmentHeads }: WhisperDescription,
): Promise<TextPass> {
  // The end of text only takes part in the averages: it may go where the text fills the decoder.
  const tokens = [...prompt, ...text, vocabulary.endOfText].slice(0, dimensions.decoderPositions);
  const layers = [...new Set(alignmentHeads.map(({ layer }) => layer))];
  const { logits, crossAttentions } = await decoder.attend(tokens, layers);
  const textFrom = prompt.length - 1;
  const headSize = tokens.length * dimensions.encoderPositions;
  const weightsOf = ({ layer, head }: AlignmentHead) =>
    (crossAttentions.get(layer)!.data as Float32Array).subarray(
      head * headSize,
      (head + 1) * headSize,
    );
  return {
    attention: {
      heads: alignmentHeads.map(weightsOf),
      positions: tokens.length,
      frames: dimensions.encoderPositions,
    },
    textFrom,
    probabilities: text.map((token, index) => {
      const row = logits.at(0, textFrom + index);
      return Math.min(1, Math.exp(row[token]! - logSumExp(row, 0, vocabulary.endOfText)));
    }),
  };
}
