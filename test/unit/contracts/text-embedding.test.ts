import { describe, expect, it } from '@jest/globals';
import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { requestIssues } from '#contracts/request-issues.ts';

const input = { s3: { bucket: 'media', key: 'a.mp4' } };
const read = (tasks: object) => jobRequestSchema.safeParse({ input, tasks });
const found = (tasks: object) =>
  findUnavailable(jobRequestSchema.parse({ input, tasks })).map(({ code, path }) => [code, path]);

describe('a request for embeddings of the transcript', () => {
  it('has its defaults written out', () => {
    expect(read({ transcription: {}, textEmbedding: {} }).data?.tasks.textEmbedding).toEqual({
      required: true,
      model: 'all-minilm-l6-v2',
      granularity: 'segment',
    });
  });

  it.each([
    [{ granularity: 'word' }, 'granularity'],
    [{ dims: 0 }, 'dims'],
    [{ pooling: 'mean' }, 'pooling'],
  ])('is refused with %j', (textEmbedding, option) => {
    const { error } = read({ transcription: {}, textEmbedding });

    expect(error && requestIssues(error).map(({ path }) => path)).toEqual([
      `tasks.textEmbedding.${option}`,
    ]);
  });

  it.each([
    {},
    { model: 'gte-small' },
    { granularity: 'speaker-turn' },
    { granularity: 'chunk', required: false },
  ])('can be met with %j', (textEmbedding) => {
    expect(found({ transcription: {}, textEmbedding })).toEqual([]);
  });

  it('cannot be met without a transcription, and says how to ask for one', () => {
    const [issue, ...more] = findUnavailable(
      jobRequestSchema.parse({ input, tasks: { textEmbedding: {} } }),
    );

    expect(issue).toMatchObject({ code: 'INVALID_REQUEST', path: 'tasks.textEmbedding' });
    expect(issue?.message).toContain('"transcription": {}');
    expect(more).toEqual([]);
  });

  it.each(['all-minilm-l6-v2', 'gte-small'])('cannot be met with fewer dims of %s', (model) => {
    expect(found({ transcription: {}, textEmbedding: { model, dims: 128 } })).toEqual([
      ['INVALID_REQUEST', 'tasks.textEmbedding.dims'],
    ]);
  });

  it('cannot be met by a model that there is not', () => {
    expect(found({ transcription: {}, textEmbedding: { model: 'clip-vit-b32', dims: 8 } })).toEqual(
      [['MODEL_NOT_FOUND', 'tasks.textEmbedding.model']],
    );
  });
});
