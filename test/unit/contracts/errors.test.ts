import { describe, expect, it } from '@jest/globals';
import { problemSchema } from '#contracts/api.ts';
import { ERRORS, failureSchema, ReelscribeError, toFailure } from '#contracts/errors.ts';
import { problemOf } from '#contracts/problem.ts';

describe('an error', () => {
  it('becomes a failure with its code, message and hint', () => {
    expect(toFailure(new ReelscribeError('FETCH_FAILED', 'no answer'))).toEqual({
      code: 'FETCH_FAILED',
      message: 'no answer',
      hint: ERRORS.FETCH_FAILED.hint,
      retryable: true,
    });
  });

  it('keeps its text to itself where it is not one of ours', () => {
    const failure = toFailure(new Error('password=hunter2'));
    expect(failure.code).toBe('INTERNAL');
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  it('fits its schema however long its message is', () => {
    const failure = toFailure(new ReelscribeError('INTERNAL', 'x'.repeat(5_000)));
    expect(failureSchema.parse(failure)).toEqual(failure);
  });

  it('becomes a problem document with the status of its code', () => {
    const problem = problemOf('IDEMPOTENCY_KEY_REUSED', { detail: 'd', requestId: 'r' });
    expect(problemSchema.parse(problem)).toEqual(problem);
    expect(problem).toMatchObject({
      type: 'urn:reelscribe:problem:IDEMPOTENCY_KEY_REUSED',
      status: 422,
      detail: 'd',
    });
  });

  it.each(Object.entries(ERRORS))('%s has a status, a title and a hint', (_code, definition) => {
    expect(definition.status).toBeGreaterThanOrEqual(400);
    expect(definition.status).toBeLessThan(600);
    expect(definition.title).not.toMatch(/\.$/);
    expect(definition.hint).toMatch(/\.$/);
  });
});
