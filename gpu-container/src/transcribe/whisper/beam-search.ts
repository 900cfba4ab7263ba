import type { DecoderRun } from './decoder.ts';
import { logSumExp, topIndices } from './log-softmax.ts';
import type { Prompt } from './prompt.ts';
import type { Hypothesis, SearchOptions, SearchVocabulary } from './search.ts';
import { type StartScores, startScores } from './start-scores.ts';

export type BeamOptions = SearchOptions & {
  /** Texts kept open per window. */
  beamSize: number;
  /** A window is done with `beamSize × patience` finished texts (Kasai et al., 2022). Default 1. */
  patience?: number | undefined;
  /** Exponent of Wu et al. (2016) for the length of a text. Default: the mean per token decides. */
  lengthPenalty?: number | undefined;
};

/** A text in the making, and the row of the batch that its cache is in. */
type Beam = {
  readonly row: number;
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[];
  readonly sum: number;
};

type Search = {
  readonly scores: StartScores;
  beams: Beam[];
  readonly finished: Beam[];
};

/**
 * Beam search over a batch of windows, by the rules of openai/whisper's
 * decoding.py: of the continuations of all beams the best are taken in order,
 * those that end the text as finished ones, until `beamSize` stay open.
 *
 * @param prompts one per window, all of one length
 * @returns the best text of each window
 * @throws The signal's reason, where it was aborted.
 */
export async function beamSearch(
  decoder: Pick<DecoderRun, 'prefill' | 'step' | 'select'>,
  prompts: readonly Prompt[],
  options: BeamOptions,
  vocabulary: SearchVocabulary,
): Promise<Hypothesis[]> {
  const { beamSize, patience = 1, maxNewTokens, signal } = options;
  const maxFinished = Math.max(1, Math.round(beamSize * patience));
  const first = await decoder.prefill(prompts.map(({ tokens }) => tokens));
  const searches = prompts.map(
    ({ startIndex }, row): Search => ({
      scores: startScores(first.at(row, startIndex), vocabulary),
      beams: [{ row, tokens: [], logprobs: [], sum: 0 }],
      finished: [],
    }),
  );

  let logitsOf = (row: number) => first.at(row, prompts[row]!.tokens.length - 1);
  let open = searches;
  for (let written = 0; written < maxNewTokens; written++) {
    signal?.throwIfAborted();
    for (const search of open) {
      extendBeams(search, logitsOf, options, maxFinished, vocabulary);
    }
    open = open.filter(({ beams, finished }) => beams.length > 0 && finished.length < maxFinished);
    if (open.length === 0 || written + 1 === maxNewTokens) {
      break;
    }
    const beams = open.flatMap((search) => search.beams);
    decoder.select(beams.map(({ row }) => row));
    let row = 0;
    for (const search of open) {
      search.beams = search.beams.map((beam) => ({ ...beam, row: row++ }));
    }
    const pass = await decoder.step(beams.map(({ tokens }) => tokens.at(-1)!));
    logitsOf = (row) => pass.at(row, 0);
  }
  return searches.map((search) => bestOf(search, options));
}

function extendBeams(
  search: Search,
  logitsOf: (row: number) => Float32Array,
  { beamSize, filter }: BeamOptions,
  maxFinished: number,
  { endOfText }: SearchVocabulary,
): void {
  const candidates = search.beams.flatMap((beam) => {
    const logits = logitsOf(beam.row);
    filter(logits, beam.tokens);
    const norm = logSumExp(logits);
    return topIndices(logits, beamSize + 1).map((token) => {
      const logprob = logits[token]! - norm;
      return { beam, token, logprob, sum: beam.sum + logprob };
    });
  });
  candidates.sort((a, b) => b.sum - a.sum);

  const beams: Beam[] = [];
  for (const { beam, token, logprob, sum } of candidates) {
    const logprobs = [...beam.logprobs, logprob];
    if (token !== endOfText) {
      beams.push({ row: beam.row, tokens: [...beam.tokens, token], logprobs, sum });
    } else if (search.finished.length < maxFinished) {
      search.finished.push({ row: beam.row, tokens: beam.tokens, logprobs, sum });
    }
    if (beams.length === beamSize) {
      break;
    }
  }
  search.beams = beams;
}

/** The best finished text; open ones, the most probable first, stand in for beams that did not finish. */
function bestOf(
  { scores, beams, finished }: Search,
  { beamSize, lengthPenalty }: BeamOptions,
): Hypothesis {
  const standIns = beams
    .toSorted((a, b) => b.sum - a.sum)
    .slice(0, Math.max(0, beamSize - finished.length));
  const score = ({ tokens, sum }: Beam) => sum / lengthNorm(tokens.length, lengthPenalty);
  const [best] = [...finished, ...standIns].toSorted((a, b) => score(b) - score(a));
  return { ...scores, tokens: best!.tokens, logprobs: best!.logprobs };
}

function lengthNorm(length: number, penalty: number | undefined): number {
  return penalty === undefined ? Math.max(1, length) : ((5 + length) / 6) ** penalty;
}
