import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import { interruption } from '../../../../gpu-container/src/job/interruption.ts';

function hostProcess() {
  const host = new EventEmitter();
  const exit = (code: number) => host.emit('exited', code);
  return Object.assign(host, { exit }) as unknown as NodeJS.Process;
}

describe('the interruption of a worker', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('is told by %s, however often it comes', (name) => {
    const host = hostProcess();
    const signal = interruption(host, 60);
    expect(signal.aborted).toBe(false);

    expect(host.emit(name)).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'INTERRUPTED' });
    expect(host.emit(name)).toBe(true);
  });

  it('ends the process with the code of another attempt where it does not end by itself', async () => {
    const host = hostProcess();
    interruption(host, 0.01);
    // The timer must not be what keeps a process alive, so something else does here.
    const keepAlive = setInterval(() => {}, 1000);
    host.emit('SIGTERM');

    expect(await once(host, 'exited')).toEqual([EXIT_CODES.TRANSIENT]);
    clearInterval(keepAlive);
  });
});
