import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { ELEMENT } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import {
  readModel,
  writeModel,
} from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import { startDecoder } from '../../../../../../gpu-container/src/transcribe/whisper/decoder.ts';
import {
  type GreedyRequest,
  openGreedyLoop,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/greedy-loop.ts';
import { logitFilters } from '../../../../../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import type { Prompt } from '../../../../../../gpu-container/src/transcribe/whisper/prompt.ts';
import { runawayDetector } from '../../../../../../gpu-container/src/transcribe/whisper/runaway.ts';
import {
  type Hypothesis,
  searchTokens,
} from '../../../../../../gpu-container/src/transcribe/whisper/search.ts';
import { readDecoder } from '../../../../../../gpu-container/src/transcribe/whisper/sessions.ts';
import { chooseMostProbable } from '../../../../../../gpu-container/src/transcribe/whisper/token-choice.ts';
import { makeScratchDir } from '../../../../../environment/scratch-dir.ts';
import { VOCABULARY } from '../sample-vocabulary.ts';
import {
  AUDIOS,
  DIMENSIONS,
  type SyntheticOptions,
  syntheticDecoder,
} from './synthetic-decoder.ts';

const WHISPER = { dimensions: DIMENSIONS, vocabulary: VOCABULARY };
const OPTIONS = { threads: 1 };
const PROMPT: Prompt = { tokens: [17, 4, 5, 11, 12, 15], startIndex: 3 };
const AUDIO = Float32Array.from({ length: AUDIOS }, (_, audio) => audio);
const REQUEST: GreedyRequest = {
  states: new Tensor('float32', AUDIO, [AUDIOS, 1, 1]),
  prompts: Array.from(AUDIO, () => PROMPT),
  timestamps: true,
  maxNewTokens: 224,
};
const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);
// Both sum thousands of numbers, one of them in single precision.
const TOLERANCE = 1e-5;

describe('the greedy loop', () => {
  it.each(SEEDS)('writes what the step-by-step search writes: decoder %i', async (seed) => {
    for (const timestamps of [true, false]) {
      const looped = await loop({ seed }, { timestamps });
      const stepped = await search({ seed }, { timestamps });

      expect(textsOf(looped)).toEqual(textsOf(stepped));
      for (const [row, hypothesis] of looped.entries()) {
        expectClose(hypothesis.logprobs, stepped[row]!.logprobs);
        expectClose(hypothesis.languageProbs, stepped[row]!.languageProbs);
        expectClose([hypothesis.noSpeechProb], [stepped[row]!.noSpeechProb]);
      }
    }
  });

  it('meets in these decoders whatever its rules are about', async () => {
    const texts = (await Promise.all(SEEDS.map((seed) => loop({ seed })))).flat();
    const isTime = (token: number | undefined) => token! >= VOCABULARY.timestampBegin;
    const isPair = ({ tokens }: Hypothesis) =>
      tokens.some((token, index) => index > 0 && isTime(token) && isTime(tokens[index - 1]));
    const hasEnded = ({ tokens, logprobs }: Hypothesis) => logprobs.length > tokens.length;
    const isCutOff = ({ tokens }: Hypothesis) => tokens.length === REQUEST.maxNewTokens;

    expect(texts.filter(isPair).length).toBeGreaterThan(10);
    expect(texts.filter(hasEnded).length).toBeGreaterThan(10);
    expect(texts.filter(isCutOff).length).toBeGreaterThan(10);
    expect(texts.filter((text) => !hasEnded(text) && !isCutOff(text)).length).toBeGreaterThan(2);
  });

  it.each([1, 2])('writes at most as many tokens as it may: %i', async (maxNewTokens) => {
    const looped = await loop({ seed: 1 }, { maxNewTokens });

    expect(textsOf(looped)).toEqual(textsOf(await search({ seed: 1 }, { maxNewTokens })));
    expect(looped[0]!.tokens).toHaveLength(maxNewTokens);
  });

  it.each([14, 18])('understands exports in operator set %i', async (opset) => {
    expect(await loop({ seed: 1, opset })).toEqual(await loop({ seed: 1 }));
  });

  it('understands exports in half precision', async () => {
    const elementType = ELEMENT.float16;
    expect(await loop({ seed: 1, elementType })).toEqual(await loop({ seed: 1 }));
  });

  it('leaves weights in the files that they are in', async () => {
    const weightsFile = 'decoder.onnx_data';
    expect(await loop({ seed: 1, weightsFile })).toEqual(await loop({ seed: 1 }));
  });

  it('refuses a graph that is not a merged decoder', async () => {
    const { model } = syntheticDecoder({ seed: 1 });
    const { graph, ...rest } = readModel(model);
    const nodes = graph.nodes.filter(({ opType }) => opType !== 'If');
    const other = writeModel({ ...rest, graph: { ...graph, nodes } });

    await expect(openLoop(other)).rejects.toThrow('merged decoder');
  });
});

async function loop(
  options: SyntheticOptions,
  request: Partial<GreedyRequest> = {},
): Promise<Hypothesis[]> {
  const { model, weights } = syntheticDecoder(options);
  const greedy = await openLoop(model, options.weightsFile && [options.weightsFile, weights]);
  const hypotheses = await greedy.decode({ ...REQUEST, ...request });
  await greedy.dispose();
  return hypotheses;
}

async function openLoop(model: Uint8Array, weights?: '' | [string, Uint8Array]) {
  await using dir = await makeScratchDir();
  const path = join(dir.path, 'decoder.onnx');
  await writeFile(path, model);
  if (weights) {
    await writeFile(join(dir.path, weights[0]), weights[1]);
  }
  return await openGreedyLoop(await readDecoder(path, OPTIONS), WHISPER, OPTIONS);
}

async function search(
  options: SyntheticOptions,
  request: Partial<GreedyRequest> = {},
): Promise<Hypothesis[]> {
  const { states, prompts, timestamps, maxNewTokens } = { ...REQUEST, ...request };
  const session = await openSession('decoder.onnx', OPTIONS, syntheticDecoder(options).model);
  const texts = await searchTokens(
    startDecoder(session, DIMENSIONS)(states),
    prompts,
    [() => chooseMostProbable],
    {
      filter: logitFilters(VOCABULARY, timestamps),
      maxNewTokens,
      isRunaway: runawayDetector(VOCABULARY),
    },
    VOCABULARY,
  );
  await session.dispose();
  return texts.flat();
}

function textsOf(hypotheses: readonly Hypothesis[]): (readonly number[])[] {
  return hypotheses.map(({ tokens }) => tokens);
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const differences = Array.from(actual, (value, index) => Math.abs(value - expected[index]!));
  expect(actual.length).toBe(expected.length);
  expect(Math.max(0, ...differences)).toBeLessThan(TOLERANCE);
}
