import { describe, expect, it } from '@jest/globals';
import {
  type BeamOptions,
  beamSearch,
} from '../../../../../gpu-container/src/transcribe/whisper/beam-search.ts';
import { searchTokens } from '../../../../../gpu-container/src/transcribe/whisper/search.ts';
import { chooseMostProbable } from '../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import {
  END,
  type NextTokens,
  type Script,
  SPOKEN,
  START_OF_TRANSCRIPT,
  scriptedDecoder,
  WORD,
} from './scripted-decoder.ts';

const { a, b, c } = WORD;
/** The transcript starts after what was said before. */
const PROMPT = { tokens: [a, b, START_OF_TRANSCRIPT, 5], startIndex: 2 };
const OPTIONS: BeamOptions = { filter: () => {}, maxNewTokens: 6, beamSize: 2 };

/** A script by the text so far, its words written as letters. */
function scriptOf(texts: Readonly<Record<string, NextTokens>>, otherwise: NextTokens): Script {
  return (written) => texts[written.map((word) => 'abc'[word]).join('')] ?? otherwise;
}

async function search(scripts: readonly Script[], options: Partial<BeamOptions> = {}) {
  const scripted = scriptedDecoder(scripts);
  const prompts = scripts.map(() => PROMPT);
  const texts = await beamSearch(scripted.decoder, prompts, { ...OPTIONS, ...options }, SPOKEN);
  return { texts, ...scripted };
}

/** Begins best with a, after which nothing is certain; b is the better text. */
const TRAP = scriptOf(
  { '': { [a]: 0.55, [b]: 0.45 }, b: { [END]: 0.98, [c]: 0.02 } },
  { [a]: 0.3, [b]: 0.25, [c]: 0.25, [END]: 0.2 },
);

/** Two texts end early; the one that goes on after a is likelier by the word. */
const LATE = scriptOf(
  {
    '': { [a]: 0.5, [b]: 0.3, [END]: 0.2 },
    a: { [END]: 0.6, [c]: 0.4 },
    b: { [END]: 0.6, [c]: 0.4 },
  },
  { [END]: 0.99, [a]: 0.01 },
);

describe('beamSearch', () => {
  it('finds a text that greedy search misses', async () => {
    const { decoder } = scriptedDecoder([TRAP]);
    const choosers = [() => chooseMostProbable];
    const [drafts] = await searchTokens(decoder, [PROMPT], choosers, OPTIONS, SPOKEN);
    const { texts } = await search([TRAP]);

    expect(drafts![0]!.tokens[0]).toBe(a);
    expect(texts[0]!.tokens).toEqual([b]);
    expect(texts[0]!.logprobs).toHaveLength(2);
    expect(texts[0]!.logprobs[0]).toBeCloseTo(Math.log(0.45), 5);
    expect(texts[0]!.logprobs[1]).toBeCloseTo(Math.log(0.98), 5);
  });

  it('is greedy with one beam', async () => {
    const { texts } = await search([TRAP], { beamSize: 1 });

    expect(texts[0]!.tokens).toEqual([a, a, a, a, a, a]);
  });

  it('keeps as many texts open as it has beams', async () => {
    const { batches } = await search([TRAP], { beamSize: 3, maxNewTokens: 3 });

    // Only two texts begin.
    expect(batches.map((rows) => rows.length)).toEqual([2, 3]);
  });

  it('ends with as many finished texts as it has beams, for which no open one stands in', async () => {
    const { texts, batches } = await search([LATE]);

    expect(texts[0]!.tokens).toEqual([a]);
    expect(batches).toHaveLength(1);
  });

  it('waits for more finished texts with more patience', async () => {
    const { texts, batches } = await search([LATE], { patience: 2 });

    expect(texts[0]!.tokens).toEqual([a, c]);
    expect(batches).toHaveLength(2);
  });

  it('ends at the first finished text with half the patience of two beams', async () => {
    const script = scriptOf({ '': { [END]: 0.6, [a]: 0.4 } }, { [END]: 0.9, [a]: 0.1 });

    expect((await search([script], { patience: 0.5 })).batches).toHaveLength(0);
    expect((await search([script])).batches).toHaveLength(1);
  });

  it.each([
    ['whatever its length', 0, [a]],
    ['for its length a little', 1, [a]],
    ['for its length much', 2, [a, c]],
    ['by the token', undefined, [a, c]],
  ])('takes the text that is most probable %s', async (_, lengthPenalty, tokens) => {
    const { texts } = await search([LATE], { patience: 2, lengthPenalty });

    expect(texts[0]!.tokens).toEqual(tokens);
  });

  it('ends texts at the most tokens that it may write', async () => {
    const script: Script = () => ({ [a]: 0.6, [b]: 0.3, [END]: 0.1 });
    const { texts, batches } = await search([script], { maxNewTokens: 4 });

    expect(texts[0]!.tokens).toEqual([a, a, a, a]);
    expect(texts[0]!.logprobs).toHaveLength(4);
    expect(batches).toHaveLength(3);
  });

  it('searches the texts of several windows at once, each by itself', async () => {
    const short: Script = () => ({ [END]: 0.7, [a]: 0.3 });
    const scripts = [LATE, short, TRAP];
    const together = await search(scripts);
    const alone = await Promise.all(scripts.map((script) => search([script])));

    expect(together.texts).toEqual(alone.flatMap(({ texts }) => texts));
    expect(together.texts.map(({ tokens }) => tokens)).toEqual([[a], [], [b]]);
  });

  it('drops a window that is done from the batch', async () => {
    const { batches } = await search([LATE, TRAP]);

    expect(batches.slice(0, 2)).toEqual([
      [0, 0, 1, 1],
      [1, 1],
    ]);
  });

  it('goes on with the cache of the beam that a text is written on', async () => {
    // Both best texts go on after b, which was the second beam.
    const script = scriptOf(
      {
        '': { [a]: 0.6, [b]: 0.4 },
        a: { [a]: 0.4, [b]: 0.3, [c]: 0.3 },
        b: { [b]: 0.7, [c]: 0.3 },
        bb: { [c]: 0.9, [a]: 0.1 },
        bbc: { [END]: 1 },
      },
      { [a]: 0.5, [b]: 0.5 },
    );
    const { texts } = await search([script], { maxNewTokens: 4 });

    expect(texts[0]!.tokens).toEqual([b, b, c]);
  });

  it('filters what follows each text, by that text', async () => {
    const neverTwice: BeamOptions['filter'] = (logits, written) => {
      for (const word of written) {
        logits[word] = Number.NEGATIVE_INFINITY;
      }
    };
    const script: Script = () => ({ [a]: 0.5, [b]: 0.3, [c]: 0.15, [END]: 0.05 });
    const { texts } = await search([script], { filter: neverTwice, maxNewTokens: 3 });

    expect(texts[0]!.tokens).toEqual([a, b, c]);
    // What is left after a filter is all that there is.
    expect(texts[0]!.logprobs[2]).toBeCloseTo(Math.log(0.15 / 0.2), 5);
  });

  it('is done with a window where nothing but the end may follow', async () => {
    const onlyEnd: Script = () => ({ [END]: 1 });
    const { texts, batches } = await search([onlyEnd]);

    expect(texts[0]!.tokens).toEqual([]);
    expect(batches).toEqual([]);
  });

  it('tells of each window what its start sounds like', async () => {
    const starts = [
      { [SPOKEN.noSpeech]: 0.2, 5: 0.6, 6: 0.2 },
      { [SPOKEN.noSpeech]: 0.5, 5: 0.1, 6: 0.4 },
    ];
    const { decoder } = scriptedDecoder([TRAP, TRAP], starts);
    const texts = await beamSearch(decoder, [PROMPT, PROMPT], OPTIONS, SPOKEN);

    expect(texts.map(({ noSpeechProb }) => noSpeechProb.toFixed(3))).toEqual(['0.200', '0.500']);
    expect(texts.map(({ languageProbs }) => languageProbs[1]!.toFixed(3))).toEqual([
      '0.250',
      '0.800',
    ]);
  });

  it('stops where it is told to, with the reason given', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const script: Script = (written) => {
      if (written.length === 2) {
        stop.abort(reason);
      }
      return { [a]: 0.5, [b]: 0.5 };
    };
    let longest = 0;
    const filter: BeamOptions['filter'] = (_, written) => {
      longest = Math.max(longest, written.length);
    };

    await expect(search([script], { signal: stop.signal, filter })).rejects.toBe(reason);
    expect(longest).toBe(2);
  });
});
