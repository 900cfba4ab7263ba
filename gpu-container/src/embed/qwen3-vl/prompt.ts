import type { PromptTokenizer } from './prompt-tokenizer.ts';
import { type RopePositions, ropePositions } from './rope-positions.ts';
import { cellsOf, type VisionGrid } from './vision-grid.ts';

/** What the model was told to do in training where no task was given. */
const INSTRUCTION = "Represent the user's input.";
/** Stands for a text that is not there. */
const NO_TEXT = 'NULL';
/** Of a prompt; it reads further, but this is what the published code lets it. */
export const MAX_PROMPT_TOKENS = 8_192;

/** What is to be embedded: a picture, a video, a text, or one of the first with the last. */
export type PromptContent = {
  /** A picture by itself. */
  readonly image?: { readonly tokens: VisionGrid };
  /** The slices of a video, by the seconds that each is of. */
  readonly video?: { readonly tokens: VisionGrid; readonly times: readonly number[] };
  readonly text?: string | undefined;
};

/** A prompt as the language model takes it. */
export type Prompt = {
  readonly ids: readonly number[];
  /** Of each token whether a part of a picture goes in its place. */
  readonly isVisual: readonly boolean[];
  readonly positions: RopePositions;
};

/**
 * Writes a prompt as the model was trained on: the instruction, the user's turn with
 * the pictures before the text, and the start of an answer, whose last token becomes
 * the embedding (`format_model_input` of QwenLM/Qwen3-VL-Embedding's
 * src/models/qwen3_vl_embedding.py, with the model's chat template and
 * `replace_video_token` of transformers' models/qwen3_vl/processing_qwen3_vl.py). A
 * text that makes it too long is cut at its end, so that the rest stays whole.
 *
 * @throws RangeError for pictures that are too long by themselves
 */
export function buildPrompt(content: PromptContent, tokenizer: PromptTokenizer): Prompt {
  const { special, closing, encode } = tokenizer;
  const grid = content.video?.tokens ?? content.image?.tokens ?? { rows: 0, columns: 0 };
  const picture = (pad: number) => [
    special.visionStart,
    ...Array<number>(cellsOf(grid)).fill(pad),
    special.visionEnd,
  ];
  // Texts that touch are tokenised as one.
  let before = 'user\n';
  const pictures: number[] = [];
  if (content.image !== undefined) {
    pictures.push(...encode(before), ...picture(special.imagePad));
    before = '';
  }
  for (const seconds of content.video?.times ?? []) {
    pictures.push(...encode(`${before}<${writtenSeconds(seconds)} seconds>`));
    pictures.push(...picture(special.videoPad));
    before = '';
  }
  const text = content.text || (pictures.length === 0 ? NO_TEXT : '');

  const opening = [
    ...[special.turnStart, ...encode(`system\n${INSTRUCTION}`), special.turnEnd, ...encode('\n')],
    ...[special.turnStart, ...pictures],
  ];
  const ending = [
    ...[special.turnEnd, ...encode('\n')],
    ...[special.turnStart, ...encode('assistant\n'), ...closing],
  ];
  const room = MAX_PROMPT_TOKENS - opening.length - ending.length;
  if (room < 0) {
    throw new RangeError(`The pictures alone are over ${MAX_PROMPT_TOKENS} tokens`);
  }
  const ids = [...opening, ...encode(`${before}${text}`).slice(0, room), ...ending];
  const isVisual = ids.map((id) => id === special.imagePad || id === special.videoPad);
  return { ids, isVisual, positions: ropePositions(isVisual, grid) };
}

/** Seconds to a tenth as Python writes them: what lies in the middle goes to the even one. */
export function writtenSeconds(seconds: number): string {
  const quarters = seconds * 4;
  // Of all numbers with a 5 in the second place, binary ones hold quarters alone exactly.
  const isInTheMiddle = Number.isInteger(quarters) && quarters % 2 !== 0;
  const tenths = Math.floor(seconds * 10);
  return isInTheMiddle ? ((tenths + (tenths % 2)) / 10).toFixed(1) : seconds.toFixed(1);
}
