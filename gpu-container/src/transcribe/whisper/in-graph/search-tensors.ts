import { Tensor } from 'onnxruntime-node';
import { tokenTensor } from '../../../onnx/token-tensor.ts';
import type { WhisperVocabulary } from '../model-config.ts';
import type { Prompt } from '../prompt.ts';
import type { Hypothesis } from '../search.ts';
import { startScores } from '../start-scores.ts';
import type { TokenMasks } from './masks.ts';
import { NO_TOKEN } from './rows.ts';

/** What every search inside a graph is told. */
export type SearchRequest = {
  /** One per text, all of one length. */
  readonly prompts: readonly Prompt[];
  /** Whether the timestamp rules apply. */
  readonly timestamps: boolean;
  /** At least 1. */
  readonly maxNewTokens: number;
};

/** The inputs that every search has. */
export function searchFeeds(
  { prompts, timestamps, maxNewTokens }: SearchRequest,
  masks: TokenMasks,
): Record<string, Tensor> {
  return {
    input_ids: tokenTensor(prompts.map(({ tokens }) => tokens)),
    start_index: int64(prompts[0]!.startIndex),
    max_rounds: int64(maxNewTokens - 1),
    timestamps: new Tensor('bool', [timestamps], []),
    first_mask: maskRow(masks.first),
    mask: maskRow(masks.usual),
  };
}

/** The texts that a search put out, in the order of the prompts. */
export function readTexts(
  outputs: Readonly<Record<'tokens' | 'logprobs' | 'start_logits', Tensor>>,
  texts: number,
  vocabulary: WhisperVocabulary,
): Hypothesis[] {
  const tokenOf = rowsOf(Array.from(outputs.tokens.data as BigInt64Array, Number), texts);
  const logprobOf = rowsOf(outputs.logprobs.data as Float32Array, texts);
  const startOf = rowsOf(outputs.start_logits.data as Float32Array, texts);
  return Array.from({ length: texts }, (_, row) => ({
    ...startScores(startOf(row), vocabulary),
    ...writtenText(tokenOf(row), logprobOf(row), vocabulary),
  }));
}

function writtenText(
  tokens: readonly number[],
  logprobs: Float32Array,
  { endOfText }: WhisperVocabulary,
): Pick<Hypothesis, 'tokens' | 'logprobs'> {
  const written = tokens.filter((token) => token !== NO_TOKEN);
  return {
    tokens: written.filter((token) => token !== endOfText),
    logprobs: [...logprobs.subarray(0, written.length)],
  };
}

function rowsOf<Numbers extends number[] | Float32Array>(
  numbers: Numbers,
  rows: number,
): (row: number) => Numbers {
  const width = numbers.length / rows;
  return (row) => numbers.slice(row * width, (row + 1) * width) as Numbers;
}

function int64(value: number): Tensor {
  return new Tensor('int64', BigInt64Array.of(BigInt(value)), []);
}

function maskRow(mask: Float32Array): Tensor {
  return new Tensor('float32', mask, [1, mask.length]);
}
