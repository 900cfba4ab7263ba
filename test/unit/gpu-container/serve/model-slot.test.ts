import { describe, expect, it } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import { openModelSlot } from '../../../../gpu-container/src/serve/model-slot.ts';
import { createTestLog } from '../../../environment/test-log.ts';

const NEVER = new AbortController().signal;

function openSlot(open: () => Promise<string>, now: () => number = () => 0) {
  const closed: string[] = [];
  const slot = openModelSlot({
    name: 'a-model',
    open,
    close: async (model) => closed.push(model),
    waitSeconds: 0.01,
    retrySeconds: 30,
    onLoaded: () => {},
    log: createTestLog().log,
    now,
  });
  return { slot, closed };
}

describe('a model of the service', () => {
  it('is loaded before anybody asks, and closed when the service ends', async () => {
    const { slot, closed } = openSlot(async () => 'loaded');
    expect(slot.state()).toBe('loading');
    expect(await slot.get(NEVER)).toBe('loaded');
    expect(slot.state()).toBe('loaded');
    await slot[Symbol.asyncDispose]();
    expect(closed).toEqual(['loaded']);
  });

  it('does not hold up the end of the service while it is being loaded', async () => {
    const { slot, closed } = openSlot(() => new Promise(() => {}));
    await slot[Symbol.asyncDispose]();
    expect(closed).toEqual([]);
  });

  it('is waited for no longer than allowed; then the request may come again', async () => {
    const { slot } = openSlot(() => new Promise(() => {}));
    await expect(slot.get(NEVER)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      status: 503,
      headers: { 'retry-after': '30' },
    });
  });

  it('is waited for no longer than the request lives', async () => {
    const { slot } = openSlot(() => new Promise(() => {}));
    const gone = new AbortController();
    const asked = slot.get(gone.signal);
    gone.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
  });

  it('that could not be had tells why, and is tried again only after a while', async () => {
    let clockMs = 0;
    let tries = 0;
    const { slot } = openSlot(
      async () => {
        tries += 1;
        if (tries === 1) {
          throw new ReelscribeError('MODEL_DOWNLOAD_FAILED');
        }
        return 'second try';
      },
      () => clockMs,
    );
    await expect(slot.get(NEVER)).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    clockMs = 29_999;
    await expect(slot.get(NEVER)).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' });
    expect([tries, slot.state()]).toEqual([1, 'failed']);
    clockMs = 30_000;
    expect(await slot.get(NEVER)).toBe('second try');
    expect(slot.state()).toBe('loaded');
  });
});
