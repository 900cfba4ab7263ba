import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OnnxSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import { logMel } from '../../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import {
  concatenateRows,
  selectRows,
} from '../../../../../../gpu-container/src/transcribe/whisper/batch-rows.ts';
import { startDecoder } from '../../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../../../../../gpu-container/src/transcribe/whisper/encoder.ts';
import {
  openSpeechModel,
  type SpeechModel,
  type SpeechRequest,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/speech-model.ts';
import { logitFilters } from '../../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { buildPrompt } from '../../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { RUNAWAY } from '../../../../../../gpu-container/src/transcribe/whisper/runaway.ts';
import {
  type Hypothesis,
  searchTokens,
} from '../../../../../../gpu-container/src/transcribe/whisper/search.ts';
import {
  chooseMostProbable,
  drawTokens,
  type TokenChoice,
} from '../../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { readKennedy } from '../../demo-speech.ts';
import { expectSameTexts } from '../expect-same-texts.ts';
import { type PublishedTiny, publishedTiny, readClip } from '../published-tiny.ts';

const SECOND = 16_000;
const TIMED = { timestamps: true };
const UNTIMED = { timestamps: false };
const PROMPTED = { timestamps: true, initialPrompt: 'The speech of the president, in full.' };
const MAX_NEW_TOKENS = 40;
const TEMPERATURE = 0.8;

type Mode = { readonly timestamps: boolean; readonly initialPrompt?: string };

describe('the speech model of whisper-tiny', () => {
  let tiny: PublishedTiny;
  let model: SpeechModel;
  /** Of two speakers, of 1 to 11 s: texts of different lengths. */
  let clips: Float32Array[];
  let decoder: OnnxSession;
  /** What an export of the same weights hears in each clip. */
  const heard: EncoderStates[] = [];

  beforeAll(async () => {
    tiny = await publishedTiny();
    const { dimensions } = tiny.whisper;
    model = await openSpeechModel(tiny.files, tiny.whisper);
    const kennedy = await readKennedy();
    clips = [
      kennedy,
      await readClip('0880'),
      kennedy.subarray(3 * SECOND),
      await readClip('0890'),
      await readClip('0870'),
      kennedy.subarray(0, 3 * SECOND),
      kennedy.subarray(0, SECOND),
    ];
    decoder = await tiny.openExport('decoder');
    const encoder = await tiny.openExport('encoder');
    const extract = logMel(dimensions.melBins);
    for (const clip of clips) {
      heard.push(await encodeFeatures(encoder, extract(clip), dimensions));
    }
    await encoder.dispose();
  });

  afterAll(async () => {
    await model.dispose();
    await decoder.dispose();
    await tiny.dispose();
  });

  it.each([1, 6])('writes %i windows as the step-by-step search over an export', async (batch) => {
    const samples = clips.slice(0, batch);
    const { texts } = await model.run({ ...requestFor(batch, TIMED), samples });
    const expected = await search(heard.slice(0, batch), TIMED);

    expect(texts.map((ofWindow) => ofWindow.length)).toEqual(samples.map(() => 1));
    expectSameTexts(texts.flat(), expected.flat());
    const lengths = new Set(expected.map(([text]) => text!.tokens.length));
    expect(lengths.size).toBeGreaterThan(batch / 2);
  });

  it.each([UNTIMED, PROMPTED])('writes as that search does, with %j', async (mode) => {
    const rows = heard.slice(0, 4);
    const { texts } = await model.run({ ...requestFor(4, mode), states: concatenateRows(rows) });

    expectSameTexts(texts.flat(), (await search(rows, mode)).flat());
  });

  it('writes the same in half precision, where all lies clear of it', async () => {
    const half = await openSpeechModel(tiny.files, tiny.whisper, { precision: 'fp16' });
    const request = { ...requestFor(2, TIMED), samples: clips.slice(0, 2), keepStates: true };
    const { texts, states } = await half.run(request);
    await half.dispose();

    expect(states!.type).toBe('float16');
    expectSameTexts(texts.flat(), (await search(heard.slice(0, 2), TIMED)).flat(), {
      logprobs: 0.05,
      startScores: 0.01,
    });
  });

  it('puts out what it heard only where that is asked for, and takes it in place of samples', async () => {
    const request = { ...requestFor(2, TIMED), samples: clips.slice(0, 2), keepStates: true };
    const first = await model.run(request);
    // The other way round, so that states that were not looked at would be found out.
    const states = selectRows(first.states!, [1, 0]);
    const again = await model.run({ ...requestFor(2, TIMED), states });
    const { encoderPositions, decoderHeads, headSize } = tiny.whisper.dimensions;

    expect(first.states!.dims).toEqual([2, encoderPositions, decoderHeads * headSize]);
    expect(again.states).toBeUndefined();
    expectSameTexts(again.texts.flat(), first.texts.toReversed().flat());
  });

  it('draws the texts that the step-by-step search draws, the same ones every time', async () => {
    const states = concatenateRows(heard.slice(0, 2));
    const request = {
      ...requestFor(2, TIMED),
      states,
      temperature: TEMPERATURE,
      textsPerWindow: 2,
    };
    const { texts } = await model.run(request);
    const again = await model.run(request);
    const seeds = [0, 1].map((seed) => () => drawTokens(TEMPERATURE, seed));

    expect(texts.map((ofWindow) => ofWindow.length)).toEqual([2, 2]);
    expectSameTexts(texts.flat(), (await search(heard.slice(0, 2), TIMED, seeds)).flat());
    expect(again.texts).toEqual(texts);
    for (const [one, other] of texts) {
      expect(one!.tokens).not.toEqual(other!.tokens);
    }
  });

  it('stops a text that repeats itself only where it is to', async () => {
    const { dimensions, vocabulary } = tiny.whisper;
    const [only] = tiny.whisper.tokenizer.encode(' no');
    const suppressed = Array.from({ length: dimensions.vocabularySize }, (_, token) => token);
    const chanting = { ...vocabulary, suppressed: suppressed.filter((token) => token !== only) };
    const chant = await openSpeechModel(tiny.files, { dimensions, vocabulary: chanting });
    const request = { ...requestFor(1, UNTIMED), states: heard[0]!, maxNewTokens: 80 };
    const textOf = async (stopAtLoops: boolean) =>
      (await chant.run({ ...request, stopAtLoops })).texts[0]![0]!.tokens;

    expect(await textOf(false)).toEqual(Array<number>(80).fill(only!));
    expect(await textOf(true)).toEqual(Array<number>(RUNAWAY.loopTokens).fill(only!));
    await chant.dispose();
  });

  function requestFor(batch: number, mode: Mode): Omit<SpeechRequest, 'samples' | 'states'> {
    return {
      prompts: promptsFor(batch, mode),
      timestamps: mode.timestamps,
      maxNewTokens: MAX_NEW_TOKENS,
      temperature: 0,
      stopAtLoops: false,
    };
  }

  function promptsFor(batch: number, mode: Mode) {
    const { vocabulary, tokenizer, dimensions } = tiny.whisper;
    const options = { language: 'en', task: 'transcribe', ...mode } as const;
    return Array.from({ length: batch }, () =>
      buildPrompt(options, vocabulary, tokenizer, dimensions),
    );
  }

  function search(
    rows: readonly EncoderStates[],
    mode: Mode,
    choosers: readonly (() => TokenChoice)[] = [() => chooseMostProbable],
  ): Promise<Hypothesis[][]> {
    const { vocabulary, dimensions } = tiny.whisper;
    return searchTokens(
      startDecoder(decoder, dimensions)(concatenateRows(rows)),
      promptsFor(rows.length, mode),
      choosers,
      { filter: logitFilters(vocabulary, mode.timestamps), maxNewTokens: MAX_NEW_TOKENS },
      vocabulary,
    );
  }
});
