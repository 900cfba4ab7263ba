/**
 * Does two things at once. Where one fails the other is told to end, and it is
 * waited for, so that nothing goes on behind an answer.
 *
 * @throws what the first that failed threw
 */
export async function bothOrNeither<One, Other>(
  signal: AbortSignal,
  doOne: (signal: AbortSignal) => Promise<One>,
  doOther: (signal: AbortSignal) => Promise<Other>,
): Promise<[One, Other]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const guarded = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(either);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const one = guarded(doOne);
  const other = guarded(doOther);
  await Promise.allSettled([one, other]);
  failure.signal.throwIfAborted();
  return await Promise.all([one, other]);
}
