import type { CalledThread } from './called-thread.ts';

export type RestartingThread<Facts, Request> = Pick<
  CalledThread<Facts, Request>,
  'facts' | 'call' | 'close'
>;

/**
 * A thread in whose place another is started by the next call after it has ended.
 * What was being called when it ended is rejected: it may be what ended it.
 *
 * @param start its failure is that of the calls that wait for it; the next one tries again
 */
export async function openRestartingThread<Facts, Request>(
  start: () => Promise<CalledThread<Facts, Request>>,
): Promise<RestartingThread<Facts, Request>> {
  let current = await start();
  let restarting: Promise<CalledThread<Facts, Request>> | undefined;
  let isClosed = false;

  const alive = async () => {
    if (isClosed) {
      throw new Error('The thread is closed');
    }
    if (!current.end.aborted) {
      return current;
    }
    restarting ??= start().finally(() => {
      restarting = undefined;
    });
    current = await restarting;
    return current;
  };

  return {
    facts: current.facts,
    call: async (request, options) => (await alive()).call(request, options),
    close: async (farewell) => {
      isClosed = true;
      const last = (await restarting?.catch(() => undefined)) ?? current;
      await last.close(farewell);
    },
  };
}
