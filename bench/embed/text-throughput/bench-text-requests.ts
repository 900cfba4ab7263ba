import pLimit from 'p-limit';
import { Pool } from 'undici';
import { embeddingResponseSchema } from '#contracts/service.ts';
import { searchQueries } from './queries.ts';
import { startTextService } from './text-service.ts';

export type TextRequestsOptions = {
  readonly model: string;
  readonly scratchDir: string;
  /** Different texts of a round, each asked for in either way. */
  readonly requests?: number;
  /** Requests that are under way at a time. */
  readonly concurrency?: number;
  readonly rounds?: number;
  /** Words of a text, at least and at most. */
  readonly words?: readonly [number, number];
};

/** How a service embeds texts that are asked for one by one, and many at a time. */
export type TextRequestsResult = {
  /** Requests per second, each sent when the one before was answered: the median of the rounds. */
  single: number;
  /** Requests per second, always so many under way: the median of the rounds. */
  concurrent: number;
  ratio: number;
  /** Largest difference between a number of a vector from either way. */
  worstDifference: number;
};

/**
 * Measures the throughput of the service for texts, over HTTP from this process.
 * Both ways of asking take turns, so that whatever else the machine does meets both,
 * and neither waits for a batch to fill.
 */
export async function benchTextRequests({
  model,
  scratchDir,
  requests = 512,
  concurrency = 64,
  rounds = 5,
  words = [2, 8],
}: TextRequestsOptions): Promise<TextRequestsResult> {
  await using service = await startTextService(model, scratchDir);
  const pool = new Pool(service.origin, { connections: concurrency, pipelining: 1 });
  const ask = (text: string) => embedText(pool, text);
  const texts = searchQueries(requests, words);

  await askAll(texts.slice(0, concurrency), 1, ask);
  await askAll(texts, concurrency, ask);

  const single: number[] = [];
  const concurrent: number[] = [];
  let worstDifference = 0;
  for (let round = 0; round < rounds; round++) {
    const alone = await askAll(texts, 1, ask);
    const together = await askAll(texts, concurrency, ask);
    single.push(alone.perSecond);
    concurrent.push(together.perSecond);
    worstDifference = Math.max(worstDifference, largestDifference(alone, together));
  }
  await pool.close();
  return {
    single: median(single),
    concurrent: median(concurrent),
    ratio: median(concurrent) / median(single),
    worstDifference,
  };
}

type Answers = { readonly vectors: readonly (readonly number[])[]; readonly perSecond: number };

async function askAll(
  texts: readonly string[],
  concurrency: number,
  ask: (text: string) => Promise<readonly number[]>,
): Promise<Answers> {
  const limit = pLimit(concurrency);
  const start = performance.now();
  const vectors = await limit.map(texts, ask);
  return { vectors, perSecond: (texts.length / (performance.now() - start)) * 1000 };
}

async function embedText(pool: Pool, text: string): Promise<readonly number[]> {
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/v1/embed/text',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  if (statusCode !== 200) {
    throw new Error(`The service answered ${statusCode}: ${await body.text()}`);
  }
  return embeddingResponseSchema.parse(await body.json()).embedding;
}

function largestDifference(one: Answers, other: Answers): number {
  return one.vectors
    .flatMap((vector, row) =>
      vector.map((value, dim) => Math.abs(value - other.vectors[row]![dim]!)),
    )
    .reduce((most, difference) => Math.max(most, difference), 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
