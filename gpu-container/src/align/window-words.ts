import { SAMPLE_RATE } from '../decode/pcm.ts';
import { floatsOf } from '../onnx/float-tensor.ts';
import type { AudioWindow, RecognizedSegment, WindowResult } from '../transcribe/recognizer.ts';
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

/** A pass holds logits of its positions for the whole vocabulary: 200 kB each. */
const MAX_PASS_POSITIONS = 512;

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
 * @param startAt a decoder at the encoder states of these windows
 * @returns per window its segments, with words
 */
export async function timeWords(
  windows: readonly RecognizedWindow[],
  startAt: (rows: readonly number[]) => Pick<DecoderRun, 'attend'>,
  task: PromptOptions['task'],
  whisper: WhisperDescription,
): Promise<RecognizedSegment[][]> {
  const plans = windows.map((recognized, row) => planText(recognized, row, task, whisper));
  const timed = plans.map(({ untimed }) =>
    untimed.map((segment): RecognizedSegment => ({ ...segment, words: [] })),
  );
  for (const batch of batches(plans.filter(({ text }) => text.length > 0))) {
    const passes = await passTexts(batch, startAt(batch.map(({ row }) => row)), whisper);
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

/** Neighbours together, as many as a pass may hold once all are as long as the longest. */
function batches(plans: readonly TextPlan[]): TextPlan[][] {
  const packed: TextPlan[][] = [];
  for (const plan of plans) {
    const last = packed.at(-1);
    const longest = Math.max(
      plan.tokens.length,
      ...(last ?? []).map(({ tokens }) => tokens.length),
    );
    if (last && longest * (last.length + 1) <= MAX_PASS_POSITIONS) {
      last.push(plan);
    } else {
      packed.push([plan]);
    }
  }
  return packed;
}

async function passTexts(
  plans: readonly TextPlan[],
  decoder: Pick<DecoderRun, 'attend'>,
  { vocabulary, dimensions, alignmentHeads }: WhisperDescription,
): Promise<TextPass[]> {
  const positions = Math.max(...plans.map(({ tokens }) => tokens.length));
  const layers = [...new Set(alignmentHeads.map(({ layer }) => layer))];
  // Attention looks back only: what fills up the shorter texts changes nothing in them.
  const padded = plans.map(({ tokens }) => [
    ...tokens,
    ...Array<number>(positions - tokens.length).fill(vocabulary.endOfText),
  ]);
  const { logits, crossAttentions } = await decoder.attend(padded, layers);
  const listened = new Map(
    layers.map((layer) => {
      const attention = crossAttentions.get(layer)!;
      return [layer, { weights: floatsOf(attention), heads: attention.dims[1]! }];
    }),
  );
  const frames = dimensions.encoderPositions;
  return plans.map(({ tokens, text, textFrom }, row) => ({
    attention: {
      heads: alignmentHeads.map(({ layer, head }: AlignmentHead) => {
        const { weights, heads } = listened.get(layer)!;
        const from = (row * heads + head) * positions * frames;
        return weights.subarray(from, from + tokens.length * frames);
      }),
      positions: tokens.length,
      frames,
    },
    textFrom,
    probabilities: text.map((token, index) => {
      const after = logits.at(row, textFrom + index);
      return Math.min(1, Math.exp(after[token]! - logSumExp(after, 0, vocabulary.endOfText)));
    }),
  }));
}
