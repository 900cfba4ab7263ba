import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelStoreFromEnvironment } from '../../../../../../gpu-container/src/models/store.ts';
import { type OnnxSession, openSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import { logMel } from '../../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { concatenateRows } from '../../../../../../gpu-container/src/transcribe/whisper/batch-rows.ts';
import {
  type DecoderRun,
  startDecoder,
} from '../../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../../../../../gpu-container/src/transcribe/whisper/encoder.ts';
import {
  type GreedyLoop,
  openGreedyLoop,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/greedy-loop.ts';
import { logitFilters } from '../../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { buildPrompt } from '../../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import {
  describeWhisper,
  type WhisperDescription,
} from '../../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { runawayDetector } from '../../../../../../gpu-container/src/transcribe/whisper/runaway.ts';
import {
  type Hypothesis,
  searchTokens,
} from '../../../../../../gpu-container/src/transcribe/whisper/search.ts';
import {
  openDecoder,
  readDecoder,
} from '../../../../../../gpu-container/src/transcribe/whisper/sessions.ts';
import { chooseMostProbable } from '../../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { readKennedy } from '../../demo-speech.ts';

const SECOND = 16_000;
const CLIPS = 8;
const MODES = [
  { timestamps: true },
  { timestamps: false },
  { timestamps: true, initialPrompt: 'The speech of the president, in full.' },
];
const MAX_NEW_TOKENS = 64;
// The log-softmax of either adds up 50 000 numbers, one of them in single precision.
const DIGITS = 3;

describe('the greedy loop of whisper-tiny', () => {
  let whisper: WhisperDescription;
  let decoder: OnnxSession;
  let loop: GreedyLoop;
  /** Of a speech, each from a second later on: their texts are of different lengths. */
  const clips: EncoderStates[] = [];

  beforeAll(async () => {
    const files = await modelStoreFromEnvironment().pull('whisper-tiny');
    whisper = await describeWhisper(files);
    const graph = await readDecoder(files.file('decoder.onnx'), {});
    decoder = await openDecoder(graph, {});
    loop = await openGreedyLoop(graph, whisper);

    const encoder = await openSession(files.file('encoder.onnx'));
    const kennedy = await readKennedy();
    const extract = logMel(whisper.dimensions.melBins);
    for (let clip = 0; clip < CLIPS; clip++) {
      const features = extract(kennedy.subarray(clip * SECOND));
      clips.push(await encodeFeatures(encoder, features, whisper.dimensions));
    }
    await encoder.dispose();
  });

  afterAll(async () => {
    await decoder.dispose();
    await loop.dispose();
  });

  describe.each(MODES)('with %j', (mode) => {
    it('writes a window as the step-by-step search does', async () => {
      for (const clip of clips.slice(0, 2)) {
        expectEqual(await decode([clip], mode), await search([clip], mode));
      }
    });

    // An 8-bit model quantises over the whole batch, so that a row's last digits depend on the
    // others: only with the same rows in every step can the same be written.
    it.each([4, 8])('writes %i windows as a search that drops no rows does', async (batch) => {
      const rows = clips.slice(0, batch);
      const looped = await decode(rows, mode);

      expectEqual(looped, await search(rows, mode, keepingRows));
      expect(new Set(looped.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(1);
    });
  });

  type Mode = { timestamps: boolean; initialPrompt?: string };

  function promptsFor(rows: readonly EncoderStates[], mode: Mode) {
    const options = { language: 'en', task: 'transcribe', ...mode } as const;
    const { vocabulary, tokenizer, dimensions } = whisper;
    return rows.map(() => buildPrompt(options, vocabulary, tokenizer, dimensions));
  }

  function decode(rows: readonly EncoderStates[], mode: Mode): Promise<Hypothesis[]> {
    return loop.decode({
      states: concatenateRows(rows),
      prompts: promptsFor(rows, mode),
      timestamps: mode.timestamps,
      maxNewTokens: MAX_NEW_TOKENS,
    });
  }

  async function search(
    rows: readonly EncoderStates[],
    mode: Mode,
    wrap: (run: DecoderRun, endOfText: number) => SearchedRun = (run) => run,
  ): Promise<Hypothesis[]> {
    const { vocabulary, dimensions } = whisper;
    const run = startDecoder(decoder, dimensions)(concatenateRows(rows));
    const texts = await searchTokens(
      wrap(run, vocabulary.endOfText),
      promptsFor(rows, mode),
      [() => chooseMostProbable],
      {
        filter: logitFilters(vocabulary, mode.timestamps),
        maxNewTokens: MAX_NEW_TOKENS,
        isRunaway: runawayDetector(vocabulary),
      },
      vocabulary,
    );
    return texts.flat();
  }
});

type SearchedRun = Parameters<typeof searchTokens>[0];

/** Passes ends of text for the rows that a search has dropped. */
function keepingRows(run: DecoderRun, endOfText: number): SearchedRun {
  let kept: number[] = [];
  let batch = 0;
  return {
    prefill(prompts) {
      batch = prompts.length;
      kept = [...prompts.keys()];
      return run.prefill(prompts);
    },
    select(rows) {
      kept = rows.map((row) => kept[row]!);
    },
    async step(tokens) {
      const all = Array.from({ length: batch }, (_, row) => tokens[kept.indexOf(row)] ?? endOfText);
      const logits = await run.step(all);
      return { at: (row, position) => logits.at(kept[row]!, position) };
    },
  };
}

function expectEqual(looped: readonly Hypothesis[], stepped: readonly Hypothesis[]): void {
  expect(looped.map(({ tokens }) => tokens)).toEqual(stepped.map(({ tokens }) => tokens));
  for (const [row, { logprobs, noSpeechProb }] of looped.entries()) {
    expect(logprobs).toHaveLength(stepped[row]!.logprobs.length);
    for (const [index, logprob] of logprobs.entries()) {
      expect(logprob).toBeCloseTo(stepped[row]!.logprobs[index]!, DIGITS);
    }
    expect(noSpeechProb).toBeCloseTo(stepped[row]!.noSpeechProb, DIGITS);
  }
}
