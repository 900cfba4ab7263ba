import type { Passage } from './passage.ts';
import type { Sentence } from './sentences.ts';

const DEFAULT_MAX_TOKENS = 200;
const DEFAULT_OVERLAP_TOKENS = 40;

export type ChunkOptions = {
  /** Tokens of a text for the model that will read it, special ones not counted. */
  readonly countTokens: (text: string) => number;
  /** Default 200. */
  readonly maxTokens?: number;
  /** How much of a chunk's end the next one repeats at most, in whole sentences; default 40. */
  readonly overlapTokens?: number;
};

type Counted = { readonly sentence: Sentence; readonly tokens: number };

/**
 * Packs sentences into chunks of at most `maxTokens`. Each begins with the last sentences
 * of the one before, as far as `overlapTokens` go and its own first sentence leaves
 * room, so that what is said across a cut stands in one of them. A sentence that is
 * longer by itself is divided between words.
 *
 * @throws RangeError when the overlap leaves no room for anything new
 */
export function packSentences(
  sentences: readonly Sentence[],
  {
    countTokens,
    maxTokens = DEFAULT_MAX_TOKENS,
    overlapTokens = DEFAULT_OVERLAP_TOKENS,
  }: ChunkOptions,
): Passage[] {
  if (!(maxTokens > overlapTokens && overlapTokens >= 0)) {
    throw new RangeError(`Chunks of ${maxTokens} tokens cannot share ${overlapTokens}`);
  }
  const counted = sentences.flatMap((sentence) => divided(sentence, countTokens, maxTokens));
  const chunks: Counted[][] = [];
  let chunk: Counted[] = [];
  for (const next of counted) {
    if (chunk.length > 0 && total(chunk) + next.tokens > maxTokens) {
      chunks.push(chunk);
      chunk = lastOf(chunk, Math.min(overlapTokens, maxTokens - next.tokens));
    }
    chunk.push(next);
  }
  if (chunk.length > 0) {
    chunks.push(chunk);
  }
  return chunks.map((parts) => joined(parts.map(({ sentence }) => sentence)));
}

function divided(
  sentence: Sentence,
  countTokens: ChunkOptions['countTokens'],
  maxTokens: number,
): Counted[] {
  const tokens = countTokens(sentence.text);
  const halves = tokens > maxTokens ? sentence.halves() : undefined;
  return halves === undefined
    ? [{ sentence, tokens }]
    : halves.flatMap((half) => divided(half, countTokens, maxTokens));
}

/** The last sentences that have no more than so many tokens together. */
function lastOf(chunk: readonly Counted[], maxTokens: number): Counted[] {
  let from = chunk.length;
  let tokens = 0;
  while (from > 0 && tokens + chunk[from - 1]!.tokens <= maxTokens) {
    from--;
    tokens += chunk[from]!.tokens;
  }
  return chunk.slice(from);
}

function total(chunk: readonly Counted[]): number {
  return chunk.reduce((sum, { tokens }) => sum + tokens, 0);
}

function joined(sentences: readonly Sentence[]): Passage {
  const [{ speaker, channel } = {}] = sentences;
  return {
    start: Math.min(...sentences.map(({ start }) => start)),
    end: Math.max(...sentences.map(({ end }) => end)),
    text: sentences
      .map(({ text, spaced }) => (spaced ? ` ${text}` : text))
      .join('')
      .trim(),
    ...(speaker !== undefined &&
      sentences.every((other) => other.speaker === speaker) && { speaker }),
    ...(channel !== undefined &&
      sentences.every((other) => other.channel === channel) && { channel }),
  };
}
