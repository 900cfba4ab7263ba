import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import {
  readModel,
  writeModel,
} from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import { startDecoder } from '../../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import { tokenMasks } from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/masks.ts';
import { mergedDecoderPasses } from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/merged-decoder.ts';
import {
  readTexts,
  searchFeeds,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/search-tensors.ts';
import {
  searchInputs,
  searchOutputs,
  writeSearch,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/write-search.ts';
import { logitFilters } from '../../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import type { Prompt } from '../../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import {
  RUNAWAY,
  runawayDetector,
} from '../../../../../../gpu-container/src/transcribe/whisper/runaway.ts';
import {
  type Hypothesis,
  searchTokens,
} from '../../../../../../gpu-container/src/transcribe/whisper/search.ts';
import {
  chooseMostProbable,
  drawSequence,
  drawTokens,
} from '../../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { expectSameTexts } from '../expect-same-texts.ts';
import { VOCABULARY } from '../sample-vocabulary.ts';
import { AUDIOS, DIMENSIONS, syntheticDecoder } from './synthetic-decoder.ts';

const OPTIONS = { threads: 1 };
const KIND = { draws: true, mayLoop: true };
const RULES = { ...VOCABULARY, ...DIMENSIONS, runaway: RUNAWAY };
const PROMPT: Prompt = { tokens: [17, 4, 5, 11, 12, 15], startIndex: 3 };
const SEEDS = [1, 2, 3];

type Search = {
  readonly timestamps: boolean;
  readonly temperature: number;
  readonly stopAtLoops: boolean;
};

const GREEDY = { timestamps: true, temperature: 0, stopAtLoops: true };
const MAX_NEW_TOKENS = 160;

describe('a search inside a graph', () => {
  it.each(SEEDS)('draws what the step-by-step search draws: decoder %i', async (seed) => {
    for (const timestamps of [true, false]) {
      const search = { timestamps, temperature: 0.7, stopAtLoops: true };
      const texts = await inGraph(seed, search);

      expectSameTexts(texts, await stepByStep(seed, search));
      // Every row draws from the same seed, and hears something else.
      expect(new Set(texts.map(({ tokens }) => `${tokens}`)).size).toBeGreaterThan(AUDIOS / 2);
    }
  });

  it.each(SEEDS)('takes the most probable where nothing is drawn: decoder %i', async (seed) => {
    expectSameTexts(await inGraph(seed, GREEDY), await stepByStep(seed, GREEDY));
  });

  it('lets a text loop on to its last token where it may', async () => {
    let loops = 0;
    for (const seed of SEEDS) {
      const whole = await inGraph(seed, { ...GREEDY, stopAtLoops: false });
      const stopped = await inGraph(seed, GREEDY);
      expectSameTexts(whole, await stepByStep(seed, { ...GREEDY, stopAtLoops: false }));
      for (const [row, { tokens }] of stopped.entries()) {
        expect(whole[row]!.tokens.slice(0, tokens.length)).toEqual(tokens);
        if (tokens.length < whole[row]!.tokens.length) {
          loops++;
          expect(whole[row]!.tokens).toHaveLength(MAX_NEW_TOKENS);
        }
      }
    }
    expect(loops).toBeGreaterThan(2);
  });
});

async function inGraph(seed: number, search: Search): Promise<Hypothesis[]> {
  const decoder = readModel(syntheticDecoder({ seed, opset: 17 }).model);
  const g = graphBuilder('search/', decoder.opset);
  writeSearch(g, mergedDecoderPasses(decoder.graph), RULES, KIND);
  const graph = {
    name: 'search',
    nodes: g.nodes,
    initializers: [...decoder.graph.initializers, ...g.initializers],
    inputs: [
      ...decoder.graph.inputs.filter(({ name }) => name === 'encoder_hidden_states'),
      ...searchInputs(RULES, KIND),
    ],
    outputs: searchOutputs(RULES),
    rest: [],
  };
  const session = await openSession('search.onnx', OPTIONS, writeModel({ ...decoder, graph }));
  const prompts = Array.from({ length: AUDIOS }, () => PROMPT);
  const { timestamps, temperature, stopAtLoops } = search;
  const draws = [...drawSequence(seed, MAX_NEW_TOKENS)];
  const outputs = await session.run(
    {
      encoder_hidden_states: audios(),
      ...searchFeeds(
        { prompts, timestamps, maxNewTokens: MAX_NEW_TOKENS },
        tokenMasks(VOCABULARY, DIMENSIONS, timestamps),
      ),
      sampled: new Tensor('bool', [temperature > 0], []),
      temperature: new Tensor('float32', Float32Array.of(temperature), []),
      draws: new Tensor('float32', Float32Array.from(prompts.flatMap(() => draws)), [
        AUDIOS,
        MAX_NEW_TOKENS,
      ]),
      stop_at_loops: new Tensor('bool', [stopAtLoops], []),
    },
    ['tokens', 'logprobs', 'start_logits'],
  );
  await session.dispose();
  return readTexts(outputs, AUDIOS, VOCABULARY);
}

async function stepByStep(
  seed: number,
  { timestamps, temperature, stopAtLoops }: Search,
): Promise<Hypothesis[]> {
  const { model } = syntheticDecoder({ seed, opset: 17 });
  const session = await openSession('decoder.onnx', OPTIONS, model);
  const texts = await searchTokens(
    startDecoder(session, DIMENSIONS)(audios()),
    Array.from({ length: AUDIOS }, () => PROMPT),
    [() => (temperature > 0 ? drawTokens(temperature, seed) : chooseMostProbable)],
    {
      filter: logitFilters(VOCABULARY, timestamps),
      maxNewTokens: MAX_NEW_TOKENS,
      ...(stopAtLoops && { isRunaway: runawayDetector(VOCABULARY) }),
    },
    VOCABULARY,
  );
  await session.dispose();
  return texts.flat();
}

function audios(): Tensor {
  return new Tensor(
    'float32',
    Float32Array.from({ length: AUDIOS }, (_, audio) => audio),
    [AUDIOS, 1, 1],
  );
}
