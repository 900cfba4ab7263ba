import { describe, expect, it } from '@jest/globals';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { requestIssues } from '#contracts/request-issues.ts';

function issuesOf(body: unknown): [path: string, reason: string][] {
  const { error } = jobRequestSchema.safeParse(body);
  return error === undefined ? [] : requestIssues(error).map(({ path, reason }) => [path, reason]);
}

const input = { s3: { bucket: 'media', key: 'a.mp4' } };
const tasks = { transcription: {} };

describe('the issues of a request', () => {
  it('are none where it fits', () => {
    expect(issuesOf({ input, tasks })).toEqual([]);
  });

  it('name each unknown field by its path', () => {
    const body = { input, tasks: { transcription: { a: 1, b: 2 } }, c: 3 };
    expect(issuesOf(body)).toEqual([
      ['tasks.transcription.a', 'UNKNOWN_FIELD'],
      ['tasks.transcription.b', 'UNKNOWN_FIELD'],
      ['c', 'UNKNOWN_FIELD'],
    ]);
  });

  it.each([
    ['a field of the input that was meant', { s3: { bucket: 'media', kee: 'a' } }, 'input.s3.key'],
    ['a bucket that is none', { s3: { bucket: 'NO', key: 'a' } }, 'input.s3.bucket'],
    ['an upload id that is none', { uploadId: 'x' }, 'input.uploadId'],
    ['an empty URL', { url: '' }, 'input.url'],
  ])('lead into the branch of a union: %s', (_what, broken, path) => {
    expect(issuesOf({ input: broken, tasks })).toContainEqual([path, 'INVALID_VALUE']);
  });

  it.each([
    ['two inputs', { ...input, url: 'https://example.com/a' }],
    ['no input', {}],
    ['an unknown kind of input', { ftp: 'x' }],
  ])('say once that exactly one input is due: %s', (_what, broken) => {
    const { error } = jobRequestSchema.safeParse({ input: broken, tasks });
    expect(error && requestIssues(error)).toEqual([
      {
        path: 'input',
        reason: 'INVALID_VALUE',
        message: 'give exactly one of s3, url and uploadId',
      },
    ]);
  });

  it.each([null, [], 'text', 7])('name the body itself where it is %j', (body) => {
    expect(issuesOf(body)).toEqual([['', 'INVALID_VALUE']]);
  });
});
