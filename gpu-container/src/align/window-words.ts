import { SAMPLE_RATE } from '../decode/pcm.ts';
import type { AudioWindow, RecognizedSegment, WindowResult } from '../transcribe/recognizer.ts';
import type { EncoderStates } from '../transcribe/whisper/encoder.ts';
import type { TextPass } from '../transcribe/whisper/in-graph/text-pass.ts';
import type { WhisperDimensions } from '../transcribe/whisper/model-config.ts';
import { buildPrompt, type PromptOptions } from '../transcribe/whisper/prompt.ts';
import type { WhisperDescription } from '../transcribe/whisper/recognizer.ts';
import { tokenSegments } from '../transcribe/whisper/segments.ts';
import {
  alignWords,
  ENCODER_POSITION_SECONDS,
  type UntimedSegment,
  type WindowPass,
} from './align-words.ts';
import { findPauses } from './pauses.ts';
import { groupTokens } from './word-grouping.ts';

/** A window as it was recognised. */
export type RecognizedWindow = {
  readonly window: AudioWindow;
  /** As spoken. */
  readonly language: string;
  readonly result: Pick<WindowResult, 'segments' | 'tokens' | 'settledSamples'>;
};

/** A window's text, cut into words, and the tokens to pass it with. */
type TextPlan = {
  readonly row: number;
  readonly untimed: readonly UntimedSegment[];
  /** Position whose output is the first text token. */
  readonly textFrom: number;
  readonly text: readonly number[];
  readonly tokens: readonly number[];
};

/**
 * Times the words of recognised windows in as few passes over their texts as
 * memory allows, without timestamps and without what was said before, as
 * openai/whisper aligns.
 *
 * @param statesOf what the decoder hears of these windows
 * @returns per window its segments, with words
 */
export async function timeWords(
  windows: readonly RecognizedWindow[],
  statesOf: (rows: readonly number[]) => EncoderStates,
  task: PromptOptions['task'],
  textPass: Pick<TextPass, 'pass' | 'maxPositions'>,
  whisper: WhisperDescription,
): Promise<RecognizedSegment[][]> {
  const plans = windows.map((recognized, row) => planText(recognized, row, task, whisper));
  const timed = plans.map(({ untimed }) =>
    untimed.map((segment): RecognizedSegment => ({ ...segment, words: [] })),
  );
  for (const batch of batches(
    plans.filter(({ text }) => text.length > 0),
    textPass.maxPositions,
  )) {
    const states = statesOf(batch.map(({ row }) => row));
    const passes = await passTexts(batch, states, textPass, whisper.dimensions);
    for (const [index, { row, untimed }] of batch.entries()) {
      const {
        window: { samples },
        result,
      } = windows[row]!;
      const frames = Math.floor(samples.length / SAMPLE_RATE / ENCODER_POSITION_SECONDS);
      timed[row] = alignWords(
        untimed,
        passes[index]!,
        Math.min(whisper.dimensions.encoderPositions, Math.max(1, frames)),
        findPauses(samples),
        result.settledSamples / SAMPLE_RATE,
      );
    }
  }
  return timed;
}

function planText(
  { window, language, result }: RecognizedWindow,
  row: number,
  task: PromptOptions['task'],
  { vocabulary, tokenizer, dimensions }: WhisperDescription,
): TextPlan {
  // A translation is English, whatever was spoken.
  const written = task === 'translate' ? 'en' : language;
  const { segments: cut } = tokenSegments(
    result.tokens,
    vocabulary,
    window.samples.length / SAMPLE_RATE,
    window.endsInPause,
  );
  const untimed = result.segments.map((segment, index): UntimedSegment => {
    const text = cut[index]!.tokens.filter((token) => token < vocabulary.endOfText);
    return { ...segment, words: groupTokens(text, tokenizer.decode, written) };
  });
  const text = untimed.flatMap(({ words }) => words.flatMap((word) => word.tokens));
  const prompt = buildPrompt(
    { language, task, timestamps: false },
    vocabulary,
    tokenizer,
    dimensions,
  );
  return {
    row,
    untimed,
    textFrom: prompt.tokens.length - 1,
    text,
    // The end of text only takes part in the averages: it may go where the text fills the decoder.
    tokens: [...prompt.tokens, ...text, vocabulary.endOfText].slice(0, dimensions.decoderPositions),
  };
}

/** Those of like length together, as many as a pass may hold once all are as long as the longest. */
function batches(plans: readonly TextPlan[], maxPositions: number): TextPlan[][] {
  const packed: TextPlan[][] = [];
  for (const plan of plans.toSorted((a, b) => a.tokens.length - b.tokens.length)) {
    const last = packed.at(-1);
    const longest = Math.max(
      plan.tokens.length,
      ...(last ?? []).map(({ tokens }) => tokens.length),
    );
    if (last && longest * (last.length + 1) <= maxPositions) {
      last.push(plan);
    } else {
      packed.push([plan]);
    }
  }
  return packed;
}

async function passTexts(
  plans: readonly TextPlan[],
  states: EncoderStates,
  textPass: Pick<TextPass, 'pass'>,
  { encoderPositions }: WhisperDimensions,
): Promise<WindowPass[]> {
  const texts = plans.map(({ tokens }) => tokens);
  const passed = await textPass.pass(states, texts);
  return plans.map(({ tokens, text, textFrom }, row) => {
    const { heads, logprobs } = passed[row]!;
    return {
      attention: { heads, positions: tokens.length, frames: encoderPositions },
      textFrom,
      probabilities: text.map((_, index) => Math.exp(logprobs[textFrom + index]!)),
    };
  });
}
