import { parentPort } from 'node:worker_threads';
import type { FromThread, ToThread } from './messages.ts';
import { toSentError } from './sent-error.ts';

/** What a thread does for those who call it. */
export type Answerer<Facts, Request> = {
  /** What the caller is told of the thread when it is ready. */
  readonly facts: Facts;
  /**
   * @param call.signal aborted when the caller no longer wants the answer
   * @param call.tell sends the caller something before the answer
   */
  answer(
    request: Request,
    call: { readonly signal: AbortSignal; readonly tell: (news: unknown) => void },
  ): Promise<unknown>;
};

/**
 * Makes this thread one that {@link openThread} can call. Several calls may be under way at once.
 *
 * @param open its failure is that of the opening
 */
export async function answerCalls<Facts, Request>(
  open: () => Promise<Answerer<Facts, Request>>,
): Promise<void> {
  const port = parentPort!;
  const calls = new Map<number, AbortController>();
  const send = (message: FromThread<Facts>) => port.postMessage(message);
  try {
    const { facts, answer } = await open();
    port.on('message', async (message: ToThread<Request>) => {
      if ('abort' in message) {
        calls.get(message.abort)?.abort();
        return;
      }
      const { id, request } = message;
      const call = new AbortController();
      calls.set(id, call);
      try {
        const tell = (news: unknown) => send({ id, news });
        send({ id, value: await answer(request, { signal: call.signal, tell }) });
      } catch (error) {
        send({ id, error: toSentError(error) });
      } finally {
        calls.delete(id);
      }
    });
    send({ ready: facts });
  } catch (error) {
    send({ failed: toSentError(error) });
  }
}
