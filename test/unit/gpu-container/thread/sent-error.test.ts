import { describe, expect, it } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import { fromSentError, toSentError } from '../../../../gpu-container/src/thread/sent-error.ts';

/** The error that arrives where one is sent. */
function sent(error: unknown): Error {
  return fromSentError(structuredClone(toSentError(error)));
}

describe('an error between threads', () => {
  it('stays one of ours, with all that its code means', () => {
    const error = new ReelscribeError('GPU_UNAVAILABLE', 'CUDA did not load');
    const arrived = sent(error);

    expect(arrived).toBeInstanceOf(ReelscribeError);
    expect(arrived).toMatchObject({
      code: 'GPU_UNAVAILABLE',
      message: 'CUDA did not load',
      hint: error.hint,
      retryable: true,
      stack: error.stack,
    });
  });

  it('does not become one of ours', () => {
    const error = new TypeError('no kernel');
    const arrived = sent(error);

    expect(arrived).not.toBeInstanceOf(ReelscribeError);
    expect(arrived).toMatchObject({ message: 'no kernel', stack: error.stack });
    expect(arrived).not.toHaveProperty('code');
  });

  it('tells in its stack what it was caused by, and that by what', () => {
    const library = new Error('libcudnn.so.9: cannot open shared object file');
    const provider = new Error('the provider did not load', { cause: library });
    const { message, stack } = sent(
      new ReelscribeError('GPU_UNAVAILABLE', 'CUDA did not load', { cause: provider }),
    );

    expect(message).toBe('CUDA did not load');
    expect(stack).toContain(`caused by: ${provider.stack}`);
    expect(stack).toContain(`caused by: ${library.stack}`);
  });

  it('arrives without a stack of this thread where it had none', () => {
    const error = new Error('bare');
    delete error.stack;

    expect(toSentError(error)).toEqual({ message: 'bare' });
  });

  it('is made of whatever else is thrown', () => {
    expect(sent('a string')).toMatchObject({ message: 'a string' });
    expect(sent(undefined)).toBeInstanceOf(Error);
  });
});
