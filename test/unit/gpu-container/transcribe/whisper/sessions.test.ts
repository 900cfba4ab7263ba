import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ModelFiles,
  modelStoreFromEnvironment,
} from '../../../../../gpu-container/src/models/store.ts';
import { floatsOf } from '../../../../../gpu-container/src/onnx/float-tensor.ts';
import {
  type OnnxGraph,
  readModel,
  writeModel,
} from '../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { nodesWithin } from '../../../../../gpu-container/src/onnx/graph/subgraph.ts';
import { multipliesSignedBytes } from '../../../../../gpu-container/src/onnx/processor.ts';
import { signWeights } from '../../../../../gpu-container/src/onnx/rewrite/signed-weights.ts';
import { type OnnxSession, openSession } from '../../../../../gpu-container/src/onnx/session.ts';
import { logMel } from '../../../../../gpu-container/src/transcribe/mel/log-mel.ts';
import { startDecoder } from '../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type EncoderStates,
  encodeFeatures,
} from '../../../../../gpu-container/src/transcribe/whisper/encoder.ts';
import { logitFilters } from '../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { buildPrompt } from '../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import {
  describeWhisper,
  type WhisperDescription,
} from '../../../../../gpu-container/src/transcribe/whisper/recognizer.ts';
import { searchTokens } from '../../../../../gpu-container/src/transcribe/whisper/search.ts';
import {
  openDecoder,
  openEncoder,
  readDecoder,
} from '../../../../../gpu-container/src/transcribe/whisper/sessions.ts';
import { chooseMostProbable } from '../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { readKennedy } from '../demo-speech.ts';

const PERTURBATION = 1e-6;
const MIN_COSINE = 0.99;
/** How much further than a perturbation the form may move the states. */
const MAX_SPREADS = 2;
const MAX_NEW_TOKENS = 24;

let files: ModelFiles;
let whisper: WhisperDescription;
let features: Float32Array;
let original: OnnxSession;
let states: EncoderStates;

beforeAll(async () => {
  files = await modelStoreFromEnvironment().pull('whisper-tiny');
  whisper = await describeWhisper(files);
  features = logMel(whisper.dimensions.melBins)(await readKennedy());
  original = await openSession(files.file('encoder.onnx'));
  states = await encode(original, features);
});

afterAll(() => original.dispose());

// What it says of signed bytes is so only where the processor sums up their products in 32 bits.
const itWithSignedBytes = multipliesSignedBytes() ? it : it.skip;

describe('the encoder of whisper-tiny', () => {
  it('is as near to the one in the file as that one is to itself when its features change in the last digits', async () => {
    const fast = await openEncoder(files.file('encoder.onnx'), whisper.dimensions, {});
    const fastStates = await encode(fast, features);
    await fast.dispose();
    // An 8-bit model rounds the input of every layer, so that the least change grows on the way.
    const moved = features.map((value, index) => value + (index % 2 ? 1 : -1) * PERTURBATION);
    const movedStates = await encode(original, moved);

    expect(cosine(states, movedStates)).toBeGreaterThan(MIN_COSINE);
    expect(cosine(states, fastStates)).toBeGreaterThan(MIN_COSINE);
    const spread = 1 - cosine(states, movedStates);
    expect(1 - cosine(states, fastStates)).toBeLessThan(MAX_SPREADS * spread);
    expect(fast.outputNames).toEqual(['last_hidden_state']);
  });

  itWithSignedBytes('is the same to the last bit with signed weights', async () => {
    const model = readModel(await readFile(files.file('encoder.onnx')));
    const graph = signWeights(model.graph);
    const signed = await openSession('encoder.onnx', {}, writeModel({ ...model, graph }));
    const signedStates = await encode(signed, features);
    await signed.dispose();

    expect(isDeepStrictEqual(graph, model.graph)).toBe(false);
    expect(isDeepStrictEqual(floatsOf(signedStates), floatsOf(states))).toBe(true);
  });

  it('stays as it is in the file for sessions of other options', async () => {
    const options = { sessionOptions: 'default' } as const;
    const encoder = await openEncoder(files.file('encoder.onnx'), whisper.dimensions, options);
    await encoder.dispose();

    expect(encoder.outputNames).toEqual(original.outputNames);
  });
});

describe('the decoder of whisper-tiny', () => {
  it('starts the text of a speech as the one in the file does', async () => {
    const fast = await openDecoder(await readDecoder(files.file('decoder.onnx'), {}), {});
    const decoder = await openSession(files.file('decoder.onnx'));
    const tokens = await greedyTokens(fast);

    expect(tokens).toHaveLength(MAX_NEW_TOKENS);
    expect(tokens).toEqual(await greedyTokens(decoder));
    await fast.dispose();
    await decoder.dispose();
  });

  it('never turns its embedding into floats as a whole', async () => {
    const { model } = await readDecoder(files.file('decoder.onnx'), {});
    const file = readModel(await readFile(files.file('decoder.onnx')));
    const turned = (graph: OnnxGraph) => {
      const opTypes = nodesWithin(graph).map(({ opType }) => opType);
      return opTypes.filter((opType) => opType === 'DequantizeLinear').length;
    };
    // Each of the two branches has a projection; what is left reads the rows of the tokens passed.
    expect(turned(model.graph)).toBe(turned(file.graph) - 2);
  });

  it.each([{ sessionOptions: 'default' } as const, { device: 'cuda' } as const])(
    'stays as it is in the file for sessions with %j',
    async (options) => {
      const { model } = await readDecoder(files.file('decoder.onnx'), options);
      const file = readModel(await readFile(files.file('decoder.onnx')));

      expect(isDeepStrictEqual(model, file)).toBe(true);
    },
  );

  async function greedyTokens(decoder: OnnxSession): Promise<readonly number[]> {
    const { vocabulary, tokenizer, dimensions } = whisper;
    const options = { language: 'en', task: 'transcribe', timestamps: true } as const;
    const [texts] = await searchTokens(
      startDecoder(decoder, dimensions)(states),
      [buildPrompt(options, vocabulary, tokenizer, dimensions)],
      [() => chooseMostProbable],
      { filter: logitFilters(vocabulary, true), maxNewTokens: MAX_NEW_TOKENS },
      vocabulary,
    );
    return texts![0]!.tokens;
  }
});

function encode(encoder: OnnxSession, input: Float32Array): Promise<EncoderStates> {
  return encodeFeatures(encoder, input, whisper.dimensions);
}

function cosine(a: EncoderStates, b: EncoderStates): number {
  const [x, y] = [floatsOf(a), floatsOf(b)];
  const dot = (u: Float32Array, v: Float32Array) =>
    u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
