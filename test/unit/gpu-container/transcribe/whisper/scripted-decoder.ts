import type {
  DecoderRun,
  Logits,
} from '../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import type { SearchVocabulary } from '../../../../../gpu-container/src/transcribe/whisper/search.ts';

/** Three words, of which texts are made. */
export const WORD = { a: 0, b: 1, c: 2 } as const;
export const END = 3;
/** Where a prompt has it, a transcript starts. */
export const START_OF_TRANSCRIPT = 7;
export const SPOKEN: SearchVocabulary = {
  endOfText: END,
  noSpeech: 4,
  languages: new Map([
    ['en', 5],
    ['de', 6],
  ]),
};
const VOCABULARY_SIZE = 8;

/** Probability of each token that may follow a text. */
export type NextTokens = Readonly<Record<number, number>>;

/** What follows the text written so far, in a window. */
export type Script = (written: readonly number[]) => NextTokens;

type Row = { readonly window: number; readonly written: readonly number[] };

/**
 * A decoder that says by a script per window what comes next. As a cache does,
 * it remembers what was passed in each row: who selects other rows than those
 * that he goes on with gets the logits of another text.
 *
 * @param starts per window what follows at the start of its transcript
 */
export function scriptedDecoder(
  scripts: readonly Script[],
  starts: readonly NextTokens[] = scripts.map(() => ({})),
) {
  let rows: Row[] = [];
  const batches: number[][] = [];
  const decoder: Pick<DecoderRun, 'prefill' | 'step' | 'select'> = {
    async prefill(prompts) {
      rows = prompts.map((_, window) => ({ window, written: [] }));
      return logitsBy((row, position) => {
        const prompt = prompts[row]!;
        const start = position === prompt.indexOf(START_OF_TRANSCRIPT) ? starts[row]! : {};
        return position === prompt.length - 1 ? scripts[row]!([]) : start;
      });
    },
    async step(tokens) {
      if (tokens.length !== rows.length) {
        throw new RangeError(`${tokens.length} tokens for ${rows.length} rows`);
      }
      rows = rows.map(({ window, written }, row) => ({
        window,
        written: [...written, tokens[row]!],
      }));
      batches.push(rows.map(({ window }) => window));
      const passed = rows;
      return logitsBy((row) => scripts[passed[row]!.window]!(passed[row]!.written));
    },
    select(chosen) {
      rows = chosen.map((row) => rows[row]!);
    },
  };
  return {
    decoder,
    /** Of each step, the windows that its rows belong to. */
    batches,
  };
}

function logitsBy(tokensAt: (row: number, position: number) => NextTokens): Logits {
  return {
    at(row, position) {
      const logits = new Float32Array(VOCABULARY_SIZE).fill(Number.NEGATIVE_INFINITY);
      for (const [token, probability] of Object.entries(tokensAt(row, position))) {
        logits[Number(token)] = Math.log(probability);
      }
      return logits;
    },
  };
}
