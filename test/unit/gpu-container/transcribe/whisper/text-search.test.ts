import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { type OnnxSession, openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import type { RecognizeOptions } from '../../../../../gpu-container/src/transcribe/recognizer.ts';
import { beamSearch } from '../../../../../gpu-container/src/transcribe/whisper/beam-search.ts';
import { startDecoder } from '../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import { logitFilters } from '../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import type { WhisperDimensions } from '../../../../../gpu-container/src/transcribe/whisper/model-config.ts';
import {
  avgLogprob,
  type Hypothesis,
  searchTokens,
} from '../../../../../gpu-container/src/transcribe/whisper/search.ts';
import { readDecoder } from '../../../../../gpu-container/src/transcribe/whisper/sessions.ts';
import {
  openTextSearch,
  type SearchBatch,
  type TextSearch,
} from '../../../../../gpu-container/src/transcribe/whisper/text-search.ts';
import { drawTokens } from '../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { DIMENSIONS, syntheticDecoder } from './in-graph/synthetic-decoder.ts';
import { VOCABULARY } from './sample-vocabulary.ts';

const ROWS = 8;
const STATES = new Tensor(
  'float32',
  Float32Array.from({ length: ROWS }, (_, n) => n),
  [ROWS, 1, 1],
);
const OPTIONS: RecognizeOptions = { language: 'en', task: 'transcribe', stopAtLoops: true };
const STEPPED = { threads: 1, sessionOptions: 'default' } as const;
const LOOPED = { threads: 1 };
const { model } = syntheticDecoder({ seed: 2 });

function batchOf(promptLength: number): SearchBatch {
  const before = Array.from({ length: promptLength - 3 }, () => 4);
  const prompt = { tokens: [...before, 11, 12, 15], startIndex: before.length };
  return { states: STATES, prompts: Array.from({ length: ROWS }, () => prompt) };
}

const BATCH = batchOf(5);

/** A search whose model file is there only while it is opened, so that nothing more can be loaded. */
async function openSearch(
  sessionOptions: typeof STEPPED | typeof LOOPED,
  dimensions: WhisperDimensions = DIMENSIONS,
  keep?: string,
): Promise<TextSearch> {
  await using dir = await makeScratchDir();
  const path = join(keep ?? dir.path, 'decoder.onnx');
  await writeFile(path, model);
  const graph = await readDecoder(path, sessionOptions);
  return await openTextSearch(graph, { dimensions, vocabulary: VOCABULARY }, sessionOptions);
}

function textsOf(hypotheses: readonly Hypothesis[]): (readonly number[])[] {
  return hypotheses.map(({ tokens }) => tokens);
}

describe('openTextSearch', () => {
  let stepped: TextSearch;
  let session: OnnxSession;

  beforeAll(async () => {
    stepped = await openSearch(STEPPED);
    session = await openSession('decoder.onnx', STEPPED, model);
  });

  afterAll(async () => {
    await stepped.dispose();
    await session.dispose();
  });

  const startRun = () => startDecoder(session, DIMENSIONS)(STATES);
  const limits = { filter: logitFilters(VOCABULARY, true), maxNewTokens: 60 };

  it('writes in one loop what it writes step by step', async () => {
    const looped = await openSearch(LOOPED);
    const texts = textsOf(await looped.search(BATCH, 0, OPTIONS));

    expect(texts).toEqual(textsOf(await stepped.search(BATCH, 0, OPTIONS)));
    expect(new Set(texts.map((text) => text.join())).size).toBeGreaterThan(1);
    await looped.dispose();
  });

  it.each([
    ['beams', 0, { ...OPTIONS, beamSize: 2 }],
    ['drawn tokens', 0.5, OPTIONS],
    ['loops that are to be kept', 0, { ...OPTIONS, stopAtLoops: false }],
  ])('loads the decoder for single steps only for %s', async (_, temperature, options) => {
    await using dir = await makeScratchDir();
    const search = await openSearch(LOOPED, DIMENSIONS, dir.path);
    const texts = textsOf(await search.search(BATCH, temperature, options));
    await search.dispose();
    expect(texts).toEqual(textsOf(await stepped.search(BATCH, temperature, options)));

    const later = await openSearch(LOOPED, DIMENSIONS, dir.path);
    await rm(join(dir.path, 'decoder.onnx'));
    await expect(later.search(BATCH, temperature, options)).rejects.toThrow('ENOENT');
    expect(await later.search(BATCH, 0, OPTIONS)).toHaveLength(ROWS);
  });

  it('takes a decoder of many weights step by step', async () => {
    const large = await openSearch(LOOPED, { ...DIMENSIONS, vocabularySize: 200e6 });
    const options = { ...OPTIONS, stopAtLoops: false };

    // It would have to be loaded now, had it a loop.
    expect(textsOf(await large.search(BATCH, 0, options))).toEqual(
      textsOf(await stepped.search(BATCH, 0, options)),
    );
    await large.dispose();
  });

  it('ends a text that has come to repeat itself on request only', async () => {
    const ended = await stepped.search(BATCH, 0, OPTIONS);
    const whole = await stepped.search(BATCH, 0, { ...OPTIONS, stopAtLoops: false });
    const isCut = ({ tokens }: Hypothesis, row: number) =>
      tokens.length < whole[row]!.tokens.length &&
      whole[row]!.tokens.join().startsWith(tokens.join());

    expect(ended.some(isCut)).toBe(true);
  });

  it('draws five texts above temperature 0 and keeps the most probable of each window', async () => {
    const options = { ...OPTIONS, stopAtLoops: false, maxNewTokens: 60 };
    const seeds = [0, 1, 2, 3, 4];
    const drawn = await searchTokens(
      startRun(),
      BATCH.prompts,
      seeds.map((seed) => () => drawTokens(0.8, seed)),
      limits,
      VOCABULARY,
    );
    const texts = await stepped.search(BATCH, 0.8, options);

    const best = drawn.map((attempts) => Math.max(...attempts.map(avgLogprob)));
    const firstBest = drawn.map((attempts, row) =>
      attempts.findIndex((attempt) => avgLogprob(attempt) === best[row]),
    );
    expect(texts.map(avgLogprob)).toEqual(best);
    expect(firstBest).toContain(0);
    expect(firstBest).toContain(4);
    expect(await stepped.search(BATCH, 0.8, { ...options, beamSize: 4 })).toEqual(texts);
  });

  it('searches with beams at temperature 0, as patiently as it is told to', async () => {
    const beams = { beamSize: 3, patience: 2, lengthPenalty: 0.5 };
    const options = { ...OPTIONS, ...beams, maxNewTokens: 60 };
    const expected = await beamSearch(
      startRun(),
      BATCH.prompts,
      { ...limits, ...beams },
      VOCABULARY,
    );
    const texts = await stepped.search(BATCH, 0, options);

    expect(texts).toEqual(expected);
    for (const other of [{ beamSize: 1 }, { patience: 0.4 }, { lengthPenalty: 2 }]) {
      expect(textsOf(await stepped.search(BATCH, 0, { ...options, ...other }))).not.toEqual(
        textsOf(expected),
      );
    }
  });

  it.each([
    ['half of the positions', 5, {}, 224],
    ['what the prompt leaves of them', 300, {}, 148],
    ['what the options allow', 5, { maxNewTokens: 7 }, 7],
    ['no more than there is, whatever the options allow', 440, { maxNewTokens: 100 }, 8],
  ])('writes at most %s', async (_, promptLength, options, most) => {
    const texts = await stepped.search(batchOf(promptLength), 0, {
      ...OPTIONS,
      stopAtLoops: false,
      ...options,
    });

    expect(Math.max(...texts.map(({ tokens }) => tokens.length))).toBe(most);
  });

  it.each([
    ['in one loop', LOOPED],
    ['step by step', STEPPED],
  ])('leaves timestamps out on request: %s', async (_, sessionOptions) => {
    const search = await openSearch(sessionOptions);
    const untimed = { ...OPTIONS, timestamps: false, maxNewTokens: 1 };
    const beginsWithTime = ({ tokens }: Hypothesis) => tokens[0]! >= VOCABULARY.timestampBegin;

    expect((await search.search(BATCH, 0, OPTIONS)).every(beginsWithTime)).toBe(true);
    expect((await search.search(BATCH, 0, untimed)).every(beginsWithTime)).toBe(false);
    await search.dispose();
  });

  it('hears the same languages in one loop as step by step', async () => {
    const looped = await openSearch(LOOPED);
    const probabilities = await looped.languageProbs(STATES);
    const expected = await stepped.languageProbs(STATES);

    expect(probabilities).toHaveLength(ROWS);
    for (const [row, ofLanguages] of probabilities.entries()) {
      expect(ofLanguages[0]! + ofLanguages[1]!).toBeCloseTo(1, 5);
      expect(ofLanguages[0]).toBeCloseTo(expected[row]![0]!, 5);
    }
    await looped.dispose();
  });

  it.each([
    ['in one loop', LOOPED],
    ['step by step', STEPPED],
  ])('stops where it was told to before it began: %s', async (_, sessionOptions) => {
    const search = await openSearch(sessionOptions);
    const reason = new Error('enough');
    const options = { ...OPTIONS, signal: AbortSignal.abort(reason) };

    await expect(search.search(BATCH, 0, options)).rejects.toBe(reason);
    await search.dispose();
  });
});
