import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { graphBuilder } from '../../../../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT, tensorValue } from '../../../../../../gpu-container/src/onnx/graph/literals.ts';
import { writeModel } from '../../../../../../gpu-container/src/onnx/graph/model-file.ts';
import { openSession } from '../../../../../../gpu-container/src/onnx/session.ts';
import { drawToken } from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/drawn-token.ts';
import {
  FORBIDDEN,
  firstCandidates,
} from '../../../../../../gpu-container/src/transcribe/whisper/in-graph/token-rules.ts';
import { RUNAWAY } from '../../../../../../gpu-container/src/transcribe/whisper/runaway.ts';
import { floats, modelOf, scattered } from '../../../onnx/graph/run-model.ts';
import { expectClose } from '../expect-same-texts.ts';

const OPSET = 17;
const DRAWS = 2000;
const JUST_BELOW_ONE = 1 - 2 ** -24;

type Drawing = {
  readonly logits: readonly number[];
  /** Tokens that may not come. */
  readonly forbidden?: readonly number[];
  readonly temperature?: number;
  readonly sampled?: boolean;
};

// With and without a rest where the vocabulary is cut into equal blocks, and of one block.
describe.each([3, 16, 17, 23])('a token drawn from a vocabulary of %i', (size) => {
  const logits = scattered(size).map((value) => 3 * value);

  it('comes as often as it is probable, lower draws being lower tokens', async () => {
    const { tokens } = await draw(evenly(DRAWS), { logits, temperature: 0.7 });

    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    for (const [token, probability] of softmax(logits, 0.7).entries()) {
      const count = tokens.filter((other) => other === token).length;
      expect(Math.abs(count - DRAWS * probability)).toBeLessThan(1.01);
    }
  });

  it('is one of the others where some may not come', async () => {
    const forbidden = [0, ...range(size - Math.floor(size / 2), size)];
    // In single precision the last of the draws below 1 is 1 itself.
    const draws = [0, ...evenly(50), JUST_BELOW_ONE, 1];
    const { tokens } = await draw(draws, { logits, forbidden });
    const allowed = range(0, size).filter((token) => !forbidden.includes(token));

    expect(tokens.every((token) => allowed.includes(token))).toBe(true);
    expect(tokens[0]).toBe(allowed[0]);
    expect(tokens.at(-2)).toBe(allowed.at(-1));
  });

  it('is the last one at a draw just below 1', async () => {
    const { tokens } = await draw([JUST_BELOW_ONE], { logits: logits.map(() => 0) });
    expect(tokens).toEqual([size - 1]);
  });
});

describe('a token', () => {
  const logits = [1, 3, 2, 3, -1];

  it('is as probable as the logits have it, whatever the temperature it is drawn at', async () => {
    const { tokens, logprobs } = await draw(evenly(20), { logits, forbidden: [3], temperature: 2 });
    const probabilities = softmax([1, 3, 2, FORBIDDEN, -1], 1);

    expect(new Set(tokens).size).toBe(4);
    const expected = tokens.map((token) => Math.log(probabilities[token]!));
    expectClose(logprobs, expected, 1e-5);
  });

  it('is the best one where none is drawn, the first of equals', async () => {
    const { tokens } = await draw(evenly(5), { logits, sampled: false });
    expect(tokens).toEqual([1, 1, 1, 1, 1]);
  });

  it('is the best one in all but a few draws where it is cold', async () => {
    const { tokens } = await draw(evenly(100), { logits: [0, 1, 0], temperature: 0.2 });
    expect(tokens.filter((token) => token === 1).length).toBeGreaterThan(97);
  });

  it('goes by the draw of its own row and round', async () => {
    const flat = { logits: [0, 0, 0, 0] };
    const rows = [
      [0.1, 0.9],
      [0.6, 0.4],
    ];
    expect((await drawRows(rows, 0, flat)).tokens).toEqual([0, 2]);
    expect((await drawRows(rows, 1, flat)).tokens).toEqual([3, 1]);
  });

  it('is found among as many as Whisper has, all alike', async () => {
    const size = 51_866;
    const draws = evenly(40);
    const { tokens } = await draw(draws, { logits: Array<number>(size).fill(-5) });
    const misses = tokens.map((token, at) => Math.abs(token - Math.floor(draws[at]! * size)));

    expect(Math.max(...misses)).toBeLessThanOrEqual(1);
  });
});

function draw(draws: readonly number[], drawing: Drawing) {
  const rows = draws.map((one) => [one]);
  return drawRows(rows, 0, drawing);
}

/** @param draws per row those of every round; all rows have the same logits */
async function drawRows(
  draws: readonly (readonly number[])[],
  round: number,
  { logits, forbidden = [], temperature = 1, sampled = true }: Drawing,
): Promise<{ tokens: number[]; logprobs: number[] }> {
  const size = logits.length;
  const rounds = draws[0]!.length;
  const mask = logits.map((_, token) => (forbidden.includes(token) ? FORBIDDEN : 0));
  const session = await openSession('drawing.onnx', { threads: 1 }, drawingModel(size));
  const outputs = await session.run(
    {
      logits: floats(
        draws.flatMap(() => logits),
        [draws.length, size],
      ),
      mask: floats(mask, [1, size]),
      sampled: new Tensor('bool', [sampled], []),
      temperature: floats([temperature], []),
      draws: floats(draws.flat(), [draws.length, rounds]),
      round: new Tensor('int64', [BigInt(round)], []),
    },
    ['token', 'logprob'],
  );
  await session.dispose();
  expect(outputs.token.dims).toEqual([draws.length, 1]);
  return {
    tokens: Array.from(outputs.token.data as BigInt64Array, Number),
    logprobs: [...(outputs.logprob.data as Float32Array)],
  };
}

function drawingModel(vocabularySize: number): Uint8Array {
  const g = graphBuilder('draw/', OPSET);
  const rules = { vocabularySize, endOfText: 0, timestampBegin: 0, runaway: RUNAWAY };
  const drawn = drawToken(g, firstCandidates(g, 'logits', 'mask'), () => 'round', rules);
  g.name(drawn.token, 'token');
  g.name(drawn.logprob, 'logprob');
  return writeModel(
    modelOf(
      {
        nodes: g.nodes,
        inputs: [
          tensorValue('logits', ELEMENT.float32, ['batch', vocabularySize]),
          tensorValue('mask', ELEMENT.float32, [1, vocabularySize]),
          tensorValue('sampled', ELEMENT.bool, []),
          tensorValue('temperature', ELEMENT.float32, []),
          tensorValue('draws', ELEMENT.float32, ['batch', 'rounds']),
          tensorValue('round', ELEMENT.int64, []),
        ],
        outputs: [
          tensorValue('token', ELEMENT.int64, ['batch', 1]),
          tensorValue('logprob', ELEMENT.float32, ['batch', 1]),
        ],
      },
      OPSET,
    ),
  );
}

/** The middles of so many equal parts of [0, 1). */
function evenly(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 0.5) / count);
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const weights = logits.map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
