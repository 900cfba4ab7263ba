import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ELEMENT } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeModel } from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { type OnnxSession, openSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import { logMel } from '../../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { concatenateRows } from '../../../../../../gpu-container/src/transcribe/whisper/batch-rows.ts';
import { startDecoder } from '../../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../../../../../gpu-container/src/transcribe/whisper/encoder.ts';
import { logitFilters } from '../../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { buildMergedDecoder } from '../../../../../../gpu-container/src/transcribe/whisper/network/merged-decoder.ts';
import type { PublishedWeights } from '../../../../../../gpu-container/src/transcribe/whisper/network/network.ts';
import { readPublishedWeights } from '../../../../../../gpu-container/src/transcribe/whisper/network/published-weights.ts';
import { buildPrompt } from '../../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import {
  type Hypothesis,
  searchTokens,
} from '../../../../../../gpu-container/src/transcribe/whisper/search.ts';
import { chooseMostProbable } from '../../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { readKennedy } from '../../demo-speech.ts';
import { expectSameTexts } from '../expect-same-texts.ts';
import { type PublishedTiny, publishedTiny, readClip } from '../published-tiny.ts';

describe('the merged decoder of whisper-tiny, from published weights', () => {
  let tiny: PublishedTiny;
  let published: PublishedWeights;
  let states: EncoderStates;

  beforeAll(async () => {
    tiny = await publishedTiny();
    published = await readPublishedWeights(tiny.files);
    const { dimensions } = tiny.whisper;
    const extract = logMel(dimensions.melBins);
    const encoder = await tiny.openExport('encoder');
    const rows: EncoderStates[] = [];
    for (const clip of [await readKennedy(), await readClip('0880')]) {
      rows.push(await encodeFeatures(encoder, extract(clip), dimensions));
    }
    states = concatenateRows(rows);
    await encoder.dispose();
  });

  afterAll(() => tiny.dispose());

  it('writes what an export of the same weights writes', async () => {
    const ours = await openSession(tiny.weightsPath, {}, mergedDecoder(published));
    const written = await search(ours);
    const theirs = await tiny.openExport('decoder');

    expectSameTexts(written, await search(theirs));
    expect(new Set(written.map(({ tokens }) => tokens.length)).size).toBe(2);
    await ours.dispose();
    await theirs.dispose();
  });

  it.each(['model.decoder.embed_tokens.weight', 'model.decoder.layers.2.encoder_attn.v_proj.bias'])(
    'cannot be written without %s',
    (name) => {
      const without = new Map([...published].filter(([other]) => other !== name));
      expect(() => mergedDecoder(without)).toThrow(
        new RangeError(`The model has no weight ${name}`),
      );
    },
  );

  function mergedDecoder(weights: PublishedWeights): Uint8Array {
    return writeModel(buildMergedDecoder(weights, tiny.whisper.dimensions, ELEMENT.float32));
  }

  /** Greedily: the shorter text leaves its row to the longer one's half way. */
  async function search(session: OnnxSession): Promise<Hypothesis[]> {
    const { vocabulary, tokenizer, dimensions } = tiny.whisper;
    const options = { language: 'en', task: 'transcribe', timestamps: true } as const;
    const prompt = buildPrompt(options, vocabulary, tokenizer, dimensions);
    const texts = await searchTokens(
      startDecoder(session, dimensions)(states),
      [prompt, prompt],
      [() => chooseMostProbable],
      { filter: logitFilters(vocabulary, true), maxNewTokens: 40 },
      vocabulary,
    );
    return texts.flat();
  }
});
