import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  openTextEmbedder,
  type TextEmbedder,
} from '../../../../../gpu-container/src/embed/text/text-embedder.ts';
import { openTextEmbedderThread } from '../../../../../gpu-container/src/embed/thread/open-text-embedder-thread.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';
import { hasEnded, withThreads } from '../../transcribe/lanes/lane-threads.ts';
import { sentenceModelDir } from '../text/sentence-models.ts';

const modelId = 'all-minilm-l6-v2';
const TOLERANCE = 1e-4;

/** As other threads and other batch mates leave a vector. */
function expectSame(actual: Float32Array | undefined, expected: Float32Array | undefined): void {
  const differences = expected!.map((value, dim) => Math.abs(value - actual![dim]!));
  expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
}

describe('openTextEmbedderThread', () => {
  let dir: string;
  // Holds the runtime, which is torn down when no thread has it any more.
  let here: TextEmbedder;
  let there: TextEmbedder;
  const threads: Worker[] = [];

  beforeAll(async () => {
    dir = await sentenceModelDir(modelId);
    here = await openTextEmbedder({ dir, modelId, threads: 1 });
    there = await withThreads(
      (thread) => threads.push(thread),
      () => openTextEmbedderThread({ dir, modelId, cores: 2 }),
    );
  });

  afterAll(async () => {
    await there.dispose();
    await here.dispose();
    expect(threads.every(hasEnded)).toBe(true);
  });

  it('is the embedder that it opens, once for each core', () => {
    const { dims, maxTextTokens } = here;
    expect(there).toMatchObject({ modelId, dims, maxTextTokens, lanes: 2 });
    expect(there.countTokens('Hello, world!')).toBe(here.countTokens('Hello, world!'));
    expect(threads).toHaveLength(2);
  });

  it('gives one text or many the vectors that they have in this thread, in order', async () => {
    const texts = Array.from(
      { length: 70 },
      (_, index) => `sentence ${index}, ${'x '.repeat(index % 5)}`,
    );
    const together = await there.embed(texts);
    expect(together).toHaveLength(texts.length);
    for (const index of [0, 1, 33, 69]) {
      const [alone] = await here.embed([texts[index]!]);
      expectSame(together[index], alone);
    }
    const [one] = await there.embed([texts[33]!]);
    expectSame(one, together[33]);
    expect(await there.embed([])).toEqual([]);
  });

  it('leaves this thread free while it embeds', async () => {
    let isDone = false;
    const embedding = there.embed(['word '.repeat(250)]).then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    await embedding;
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('caller left'));
    await expect(there.embed(['a'], { signal })).rejects.toThrow('caller left');
  });

  it('goes on after a thread died', async () => {
    await Promise.all(threads.map((thread) => thread.terminate()));
    const [vector] = await withThreads(
      (thread) => threads.push(thread),
      () => there.embed(['a text']),
    );
    expectSame(vector, (await here.embed(['a text']))[0]);
    expect(threads).toHaveLength(3);
  });

  it('rejects with the code of what could not be opened, and leaves no thread', async () => {
    await using empty = await makeScratchDir();
    const opening = openTextEmbedderThread({ dir, modelId: 'silero-vad' });
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(openTextEmbedderThread({ dir: empty.path, modelId })).rejects.toThrow('ENOENT');
  });
});
