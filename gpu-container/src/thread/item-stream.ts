import { on } from 'node:events';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { fromSentError, type SentError, toSentError } from './sent-error.ts';

/** What crosses to the receiver; it answers with how many more it takes. */
type Sent<Item> =
  | { readonly item: Item }
  | { readonly isDone: true }
  | { readonly error: SentError };

/**
 * Sends what an iterable yields through a port, no more than the receiver has
 * asked for, and closes both. Ends early, and without an error, when the receiver goes away.
 *
 * @param transferOf what of an item moves to the receiver, rather than being copied
 * @throws what the iterable throws; the receiver gets it too
 */
export async function sendItems<Item>(
  port: MessagePort,
  items: AsyncIterable<Item>,
  transferOf: (item: Item) => readonly Transferable[] = () => [],
): Promise<void> {
  let wanted = 0;
  let isOpen = true;
  let wake = () => {};
  port.on('message', (more: number) => {
    wanted += more;
    wake();
  });
  port.on('close', () => {
    isOpen = false;
    wake();
  });
  /** Waits until one more may be sent; false where nobody takes it any more. */
  const mayGoOn = async (): Promise<boolean> => {
    while (isOpen && wanted === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    wanted--;
    return isOpen;
  };
  const send = (sent: Sent<Item>, transfer: readonly Transferable[] = []) =>
    port.postMessage(sent, transfer);

  try {
    for await (const item of items) {
      if (!(await mayGoOn())) {
        break;
      }
      send({ item }, transferOf(item));
    }
    send({ isDone: true });
  } catch (error) {
    send({ error: toSentError(error) });
    throw error;
  } finally {
    port.close();
  }
}

/**
 * What {@link sendItems} sends through the other end of a port. Leaving the loop early ends the sending.
 *
 * @param ahead how many items may be on their way while one is worked on
 * @throws what the sender's iterable throws; an Error where the sender goes away before its end
 */
export async function* receiveItems<Item>(port: MessagePort, ahead: number): AsyncGenerator<Item> {
  const messages = on(port, 'message', { close: ['close'] });
  port.postMessage(ahead);
  try {
    for await (const [message] of messages as AsyncIterable<[Sent<Item>]>) {
      if ('isDone' in message) {
        return;
      }
      if ('error' in message) {
        throw fromSentError(message.error);
      }
      yield message.item;
      port.postMessage(1);
    }
    throw new Error('The stream broke off before its end');
  } finally {
    port.close();
  }
}
