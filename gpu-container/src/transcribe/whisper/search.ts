import type { DecoderRun } from './decoder.ts';
import { logSumExp } from './log-softmax.ts';
import type { LogitFilter } from './logit-filters.ts';
import type { WhisperVocabulary } from './model-config.ts';
import type { Prompt } from './prompt.ts';
import { type StartScores, startScores } from './start-scores.ts';
import type { TokenChoice } from './token-choice.ts';

/** The tokens of one window and how probable they are. */
export type Hypothesis = StartScores & {
  /** Without prompt and end of text. */
  readonly tokens: readonly number[];
  /** Log-probability of each token after the filters; one more for the end of text where it came. */
  readonly logprobs: readonly number[];
};

export type SearchOptions = {
  filter: LogitFilter;
  maxNewTokens: number;
  /** Whether what was written so far is not worth going on with. Default: it always is. */
  isRunaway?: (tokens: readonly number[]) => boolean;
  /** Checked at every token. */
  signal?: AbortSignal | undefined;
};

/** The special tokens that a search has to know. */
export type SearchVocabulary = Pick<WhisperVocabulary, 'endOfText' | 'noSpeech' | 'languages'>;

/** Finished rows cost as much as others; dropping them costs a copy of the cache. */
const MAX_LIVE_SHARE = 0.75;

type Draft = {
  readonly scores: StartScores;
  readonly choose: TokenChoice;
  readonly tokens: number[];
  readonly logprobs: number[];
  ended: boolean;
};

/**
 * Writes the texts of a batch of windows token by token, each until its end of
 * text; rows that have ended are dropped from the batch.
 *
 * @param prompts one per window, all of one length
 * @param choosers a text is written per window and chooser; each call starts a new text
 * @returns per window the texts, in the order of the choosers
 * @throws The signal's reason, where it was aborted.
 */
export async function searchTokens(
  decoder: Pick<DecoderRun, 'prefill' | 'step' | 'select'>,
  prompts: readonly Prompt[],
  choosers: readonly (() => TokenChoice)[],
  { filter, maxNewTokens, isRunaway = () => false, signal }: SearchOptions,
  vocabulary: SearchVocabulary,
): Promise<Hypothesis[][]> {
  const first = await decoder.prefill(prompts.map(({ tokens }) => tokens));
  const windows = prompts.map(({ startIndex }, row): Draft[] => {
    const scores = startScores(first.at(row, startIndex), vocabulary);
    return choosers.map((start) => ({
      scores,
      choose: start(),
      tokens: [],
      logprobs: [],
      ended: false,
    }));
  });

  let live = windows.flat();
  const rows = windows.flatMap((drafts, row) => drafts.map(() => row));
  if (choosers.length > 1) {
    decoder.select(rows);
  }
  let logitsOf = (draft: number) =>
    first.at(rows[draft]!, prompts[rows[draft]!]!.tokens.length - 1);
  for (let written = 0; written < maxNewTokens; written++) {
    signal?.throwIfAborted();
    for (const [index, draft] of live.entries()) {
      if (!draft.ended) {
        writeToken(draft, logitsOf(index), filter, vocabulary);
        draft.ended ||= isRunaway(draft.tokens);
      }
    }
    const open = live.flatMap((draft, index) => (draft.ended ? [] : [index]));
    if (open.length === 0) {
      break;
    }
    if (open.length <= live.length * MAX_LIVE_SHARE) {
      decoder.select(open);
      live = open.map((index) => live[index]!);
    }
    if (written + 1 < maxNewTokens) {
      const pass = await decoder.step(
        live.map(({ tokens, ended }) => (ended ? vocabulary.endOfText : tokens.at(-1)!)),
      );
      logitsOf = (index) => pass.at(index, 0);
    }
  }
  return windows.map((drafts) =>
    drafts.map(({ scores, tokens, logprobs }) => ({ ...scores, tokens, logprobs })),
  );
}

function writeToken(
  draft: Draft,
  logits: Float32Array,
  filter: LogitFilter,
  { endOfText }: SearchVocabulary,
): void {
  filter(logits, draft.tokens);
  const token = draft.choose(logits, draft.tokens);
  draft.logprobs.push(logits[token]! - logSumExp(logits));
  if (token === endOfText) {
    draft.ended = true;
  } else {
    draft.tokens.push(token);
  }
}

/** Mean log-probability over the tokens and the end of text, as openai/whisper counts it. */
export function avgLogprob({ tokens, logprobs }: Pick<Hypothesis, 'tokens' | 'logprobs'>): number {
  return logprobs.reduce((sum, logprob) => sum + logprob, 0) / (tokens.length + 1);
}
