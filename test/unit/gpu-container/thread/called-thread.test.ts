import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CalledThread,
  openThread,
} from '../../../../gpu-container/src/thread/called-thread.ts';
import { sendItems } from '../../../../gpu-container/src/thread/item-stream.ts';
import { openRestartingThread } from '../../../../gpu-container/src/thread/restarting-thread.ts';
import type { EchoRequest } from './echo-messages.ts';

type EchoThread = CalledThread<{ name: string }, EchoRequest>;

function openEcho(): Promise<EchoThread> {
  return openThread(new URL('./echo-thread.ts', import.meta.url), undefined, 'The echo');
}

const LEAVE: EchoRequest = { call: 'leave' };

describe('openThread', () => {
  let thread: EchoThread;

  beforeAll(async () => {
    thread = await openEcho();
  });

  afterAll(() => thread.close(LEAVE));

  it('knows what the thread said of itself', () => {
    expect(thread.facts).toEqual({ name: 'echo' });
  });

  it('hands on what the thread tells before it answers, in order', async () => {
    const news: string[] = [];
    const onNews = (word: string) => news.push(word);
    const answer = thread.call({ call: 'echo', words: ['one', 'two'] }, { onNews });
    expect(await answer).toBe('one two');
    expect(news).toEqual(['one', 'two']);
  });

  it('answers one call while another waits', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const waiting = thread.call({ call: 'wait' }, { signal: stop.signal });
    expect(await thread.call({ call: 'echo', words: ['meanwhile'] })).toBe('meanwhile');
    stop.abort(reason);
    // The thread answered all the same, which the caller may still have use for.
    expect(await waiting).toBe('aborted');
  });

  // In a thread that is busy in native code, its end would be that of the process.
  it('rejects what is pending, and all that comes after, when the thread dies', async () => {
    const dying = await openEcho();
    const calls = [dying.call({ call: 'wait' }), dying.call({ call: 'die' })];
    const outcomes = await Promise.allSettled(calls);

    const rejected = {
      status: 'rejected',
      reason: { message: "The echo's thread ended with code 3" },
    };
    expect(outcomes).toMatchObject([rejected, rejected]);
    expect(dying.end.aborted).toBe(true);
    await expect(dying.call({ call: 'echo', words: [] })).rejects.toThrow('thread ended');
    await dying.close(LEAVE);
  });
});

describe('items that are sent to a thread', () => {
  let thread: EchoThread;

  beforeAll(async () => {
    thread = await openEcho();
  });

  afterAll(() => thread.close(LEAVE));

  /** Sends these items and tells what the thread made of them. */
  async function sum(items: AsyncIterable<{ value: Uint8Array }>, enough = Infinity) {
    const { port1, port2 } = new MessageChannel();
    const [sent, answer] = await Promise.allSettled([
      sendItems(port1, items, ({ value }) => [value.buffer as ArrayBuffer]),
      thread.call({ call: 'sum', port: port2, enough }, { transfer: [port2] }),
    ]);
    return { sent, answer };
  }

  it('arrive one by one, and move rather than being copied', async () => {
    const items = [1, 2, 3, 4, 5].map((number) => ({ value: Uint8Array.of(number) }));
    const { answer } = await sum(asyncOf(items));
    expect(answer).toEqual({ status: 'fulfilled', value: 15 });
    expect(items.map(({ value }) => value.length)).toEqual([0, 0, 0, 0, 0]);
  });

  it('may be none', async () => {
    expect((await sum(asyncOf([]))).answer).toEqual({ status: 'fulfilled', value: 0 });
  });

  it('are not made further than the receiver goes, and a little ahead', async () => {
    let made = 0;
    let isClosed = false;
    async function* endless() {
      try {
        for (;;) {
          made++;
          yield { value: Uint8Array.of(1) };
        }
      } finally {
        isClosed = true;
      }
    }
    const { sent, answer } = await sum(endless(), 4);
    expect(answer).toEqual({ status: 'fulfilled', value: 4 });
    expect(sent.status).toBe('fulfilled');
    // Two ahead of the four, and one that waits to be sent.
    expect(made).toBeLessThanOrEqual(7);
    expect(isClosed).toBe(true);
  });

  it('fail for both where they cannot be made', async () => {
    const error = new Error('the file breaks off');
    async function* failing() {
      yield { value: Uint8Array.of(1) };
      throw error;
    }
    const { sent, answer } = await sum(failing());
    expect(sent).toEqual({ status: 'rejected', reason: error });
    expect(answer).toMatchObject({ status: 'rejected', reason: { message: error.message } });
  });

  it('end when the thread dies', async () => {
    const dying = await openEcho();
    const { port1, port2 } = new MessageChannel();
    async function* slowly() {
      for (;;) {
        yield { value: Uint8Array.of(0) };
      }
    }
    const both = Promise.allSettled([
      sendItems(port1, slowly()),
      dying.call({ call: 'sum', port: port2, enough: 1 }, { transfer: [port2] }),
    ]);
    await dying.call({ call: 'die' }).catch(() => undefined);
    expect(await both).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: "The echo's thread ended with code 3" } },
    ]);
  });
});

describe('openRestartingThread', () => {
  it('rejects what a thread dies of, and starts another for the next call, once', async () => {
    const started: EchoThread[] = [];
    const thread = await openRestartingThread(async () => {
      const echo = await openEcho();
      started.push(echo);
      return echo;
    });
    const waiting = thread.call({ call: 'wait' });
    const outcomes = Promise.allSettled([waiting, thread.call({ call: 'die' })]);
    const ended = { status: 'rejected', reason: { message: expect.stringContaining('ended') } };
    expect(await outcomes).toMatchObject([ended, ended]);
    expect(started).toHaveLength(1);

    const words = ['again'];
    const calls = [thread.call({ call: 'echo', words }), thread.call({ call: 'echo', words })];
    expect(await Promise.all(calls)).toEqual(['again', 'again']);
    expect(started).toHaveLength(2);
    await thread.close(LEAVE);
    expect(started.every(({ end }) => end.aborted)).toBe(true);
  });

  it('tells why it could not start another, and tries again with the call after', async () => {
    const failure = new Error('no memory');
    const starts = [openEcho, () => Promise.reject(failure), openEcho];
    const thread = await openRestartingThread(() => starts.shift()!());
    await expect(thread.call({ call: 'die' })).rejects.toThrow('ended');
    await expect(thread.call({ call: 'echo', words: ['a'] })).rejects.toBe(failure);
    expect(await thread.call({ call: 'echo', words: ['a'] })).toBe('a');
    await thread.close(LEAVE);
  });

  it('starts none once it is closed', async () => {
    const thread = await openRestartingThread(openEcho);
    await thread.close(LEAVE);
    await expect(thread.call({ call: 'echo', words: ['a'] })).rejects.toThrow('closed');
    await thread.close(LEAVE);
  });
});

async function* asyncOf<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
