import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  openTextEmbedder,
  type TextEmbedder,
} from '../../../../../gpu-container/src/embed/text/text-embedder.ts';
import { cosineSimilarity } from '../../../../../gpu-container/src/vector/similarity.ts';
import { sentenceModelDir } from './sentence-models.ts';

const BATCH_TOLERANCE = 1e-4;

const TOPICS = [
  ['How do I bake sourdough bread?', 'A recipe for a loaf with a natural starter.'],
  ['The rocket lifted off at dawn.', 'A spacecraft was launched early in the morning.'],
  ['Interest rates went up again.', 'The central bank made borrowing more expensive.'],
] as const;

/** Of many lengths, in an order of its own, so that a batch has both padding and neighbours. */
const MIXED = [
  'A sentence of middling length stands at the beginning.',
  'Short.',
  'word '.repeat(700),
  '',
  'Café, naïve, 你好, Привет and 😀 are all text.',
  'the same words '.repeat(30),
  'Short.',
];

describe.each([
  { modelId: 'all-minilm-l6-v2', maxTextTokens: 254 },
  { modelId: 'gte-small', maxTextTokens: 510 },
])('the text embedder with $modelId', ({ modelId, maxTextTokens }) => {
  let embedder: TextEmbedder;

  beforeAll(async () => {
    embedder = await openTextEmbedder({ dir: await sentenceModelDir(modelId), modelId });
  }, 300_000);

  afterAll(() => embedder.dispose());

  const embedOne = async (text: string) => (await embedder.embed([text]))[0]!;

  it('finds sentences of one meaning closer than any of another', async () => {
    const [ones, others] = [0, 1].map((side) => TOPICS.map((pair) => pair[side]!));
    const queries = await embedder.embed(ones!);
    const answers = await embedder.embed(others!);
    const nearest = queries.map((query) => {
      const similarities = answers.map((answer) => cosineSimilarity(query, answer));
      return similarities.indexOf(Math.max(...similarities));
    });
    expect(nearest).toEqual([0, 1, 2]);
  });

  it('gives each text the same vector in a batch as by itself', async () => {
    const together = await embedder.embed(MIXED);
    for (const [index, text] of MIXED.entries()) {
      const alone = await embedOne(text);
      const differences = alone.map((value, dim) => Math.abs(value - together[index]![dim]!));
      expect(Math.max(...differences)).toBeLessThan(BATCH_TOLERANCE);
    }
  });

  it('returns vectors of unit length and of its dims, of an empty text too', async () => {
    for (const vector of await embedder.embed(MIXED)) {
      expect(vector).toHaveLength(embedder.dims);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
  });

  it('reads a text as far as its maximum and no further', async () => {
    const words = (count: number) => 'hello '.repeat(count);
    expect(embedder.maxTextTokens).toBe(maxTextTokens);
    const full = await embedOne(words(maxTextTokens));
    expect(await embedOne(`${words(maxTextTokens)} the rocket lifted off`)).toEqual(full);
    const changed = await embedOne(`${words(maxTextTokens - 4)} the rocket lifted off`);
    expect(cosineSimilarity(changed, full)).toBeLessThan(0.999);
  });

  it('counts the tokens of a text beyond its maximum, without special ones', () => {
    expect(embedder.countTokens('')).toBe(0);
    expect(embedder.countTokens('Hello, world!')).toBe(4);
    expect(embedder.countTokens('hello '.repeat(1_000))).toBe(1_000);
  });

  it('has nothing to do for no texts', async () => {
    expect(await embedder.embed([])).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('caller left'));
    await expect(embedder.embed(['a'], { signal })).rejects.toThrow('caller left');
  });
});

describe('openTextEmbedder', () => {
  it('has the similarities that the makers of all-MiniLM-L6-v2 publish', async () => {
    const modelId = 'all-minilm-l6-v2';
    const embedder = await openTextEmbedder({ dir: await sentenceModelDir(modelId), modelId });
    const vectors = await embedder.embed([
      'The weather is lovely today.',
      "It's so sunny outside!",
      'He drove to the stadium.',
    ]);
    await embedder.dispose();
    // https://www.sbert.net/docs/quickstart.html
    const [weather, sun, stadium] = vectors as [Float32Array, Float32Array, Float32Array];
    expect(cosineSimilarity(weather, sun)).toBeCloseTo(0.666, 3);
    expect(cosineSimilarity(weather, stadium)).toBeCloseTo(0.1046, 3);
    expect(cosineSimilarity(sun, stadium)).toBeCloseTo(0.1411, 3);
  });

  it('refuses a model that embeds no text', async () => {
    await expect(openTextEmbedder({ dir: '/models', modelId: 'silero-vad' })).rejects.toMatchObject(
      {
        code: 'MODEL_NOT_FOUND',
      },
    );
  });
});
