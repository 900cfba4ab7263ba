import { describe, expect, it } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import type { Granularity } from '#contracts/tasks/text-embedding.ts';
import type { Segment } from '#contracts/transcript.ts';
import type { TextEmbedder } from '../../../../gpu-container/src/embed/text/text-embedder.ts';
import type { ReportProgress } from '../../../../gpu-container/src/job/progress.ts';
import { runTextEmbedding } from '../../../../gpu-container/src/job/run-text-embedding.ts';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';
import { sampleSegment } from '../sample-transcript.ts';
import { sampleContext } from './sample-context.ts';

const MODEL = 'gte-small';

/** Stands for a model: tells texts apart by their lengths, and notes what it is asked. */
function lengthEmbedder(): TextEmbedder & { calls: (readonly string[])[] } {
  const calls: (readonly string[])[] = [];
  return {
    calls,
    modelId: MODEL,
    dims: 2,
    maxTextTokens: 254,
    countTokens: (text) => text.split(' ').length,
    embed: async (texts) => {
      calls.push(texts);
      return texts.map(({ length }) => Float32Array.of(Math.cos(length), Math.sin(length)));
    },
    dispose: async () => {},
  };
}

const CALL = [
  sampleSegment({ start: 0, end: 2, text: 'How are you?', speaker: 'SPEAKER_00' }),
  sampleSegment({ start: 2, end: 3, text: 'Well.', speaker: 'SPEAKER_01' }),
  sampleSegment({ start: 3, end: 5, text: 'Thank you.', speaker: 'SPEAKER_01' }),
];

function run(
  segments: Segment[],
  granularity: Granularity = 'segment',
  loading: Promise<TextEmbedder> = Promise.resolve(lengthEmbedder()),
  context = sampleContext(),
) {
  const transcript = { segments, language: { code: 'en', probability: 1 } };
  return runTextEmbedding({ granularity }, transcript, loading, context);
}

describe('the embedding of a transcript', () => {
  it.each<[Granularity, (readonly [string | undefined, string])[]]>([
    [
      'segment',
      [
        ['SPEAKER_00', 'How are you?'],
        ['SPEAKER_01', 'Well.'],
        ['SPEAKER_01', 'Thank you.'],
      ],
    ],
    [
      'speaker-turn',
      [
        ['SPEAKER_00', 'How are you?'],
        ['SPEAKER_01', 'Well. Thank you.'],
      ],
    ],
    ['chunk', [[undefined, 'How are you? Well. Thank you.']]],
  ])('has a vector for each %s', async (granularity, expected) => {
    const embedding = await run(CALL, granularity);

    expect(embedding).toMatchObject({
      modelId: MODEL,
      version: expect.stringMatching(/^gte-small@/),
      dims: 2,
      granularity,
    });
    expect(embedding.passages.map(({ speaker, text }) => [speaker, text])).toEqual(expected);
    expect(embedding.vectors).toEqual(
      expected.map(([, { length }]) => Float32Array.of(Math.cos(length), Math.sin(length))),
    );
  });

  it('is none where nobody speaks, without asking the model', async () => {
    const embedder = lengthEmbedder();
    const blank = sampleSegment({ text: ' ' });
    for (const segments of [[], [blank]]) {
      expect(await run(segments, 'segment', Promise.resolve(embedder))).toMatchObject({
        dims: 2,
        passages: [],
        vectors: [],
      });
    }
    expect(embedder.calls).toEqual([]);
  });

  it('keeps many passages in order, and tells how far it is and how long it took', async () => {
    const reports: Parameters<ReportProgress>[] = [];
    const timer = createStageTimer();
    const context = sampleContext({ timer, report: (...progress) => reports.push(progress) });
    const segments = Array.from({ length: 600 }, (_, index) =>
      sampleSegment({ start: index, end: index + 1, text: 'x'.repeat(index + 1) }),
    );
    const { vectors } = await run(segments, 'segment', undefined, context);

    expect(vectors.map(([cosine]) => cosine)).toEqual(
      segments.map(({ text }) => Math.fround(Math.cos(text.length))),
    );
    expect(reports.map(([stage]) => stage)).toEqual(['embed', 'embed', 'embed']);
    expect(reports.at(0)).toEqual(['embed', 0, 0]);
    expect(reports.at(-1)).toEqual(['embed', 1, 600]);
    expect(timer.metrics).toMatchObject([{ stage: 'embed', device: 'cpu' }]);
  });
});

describe('an embedding that fails', () => {
  it('has a code of its own for what is no error of ours, and keeps the cause', async () => {
    const cause = new TypeError('not a tensor');
    const broken = { ...lengthEmbedder(), embed: () => Promise.reject(cause) };

    await expect(run(CALL, 'segment', Promise.resolve(broken))).rejects.toMatchObject({
      code: 'TEXT_EMBEDDING_FAILED',
      cause,
    });
  });

  it('keeps the code of one of ours, from the loading of its model too', async () => {
    const loading = Promise.reject(new ReelscribeError('MODEL_UNAVAILABLE_OFFLINE'));

    await expect(run(CALL, 'segment', loading)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE_OFFLINE',
    });
  });

  it('has not failed where it was stopped, whatever the model then throws', async () => {
    const reason = new Error('the machine is taken away');
    const stop = new AbortController();
    const stopped: TextEmbedder = {
      ...lengthEmbedder(),
      embed: async () => {
        stop.abort(reason);
        throw new Error('the session is gone');
      },
    };
    const context = sampleContext({ signal: stop.signal });

    await expect(run(CALL, 'segment', Promise.resolve(stopped), context)).rejects.toBe(reason);
  });
});
