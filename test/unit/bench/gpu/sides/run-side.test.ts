import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runSide } from '../../../../../bench/gpu/sides/run-side.ts';

const SCRIPT = join(import.meta.dirname, 'failing-side.ts');
const PATIENT_MS = 60_000;
/** Long enough to say something. */
const HASTY_MS = 8_000;
const FIGURE = { measured: 'versions', side: 'ours', versions: 'x 1' };

const run = (end: string, timeoutMs = PATIENT_MS) =>
  runSide({ command: [process.execPath, SCRIPT], request: { end }, env: {} }, timeoutMs);

describe('a part of the GPU bench in a process of its own', () => {
  it('tells what it measured', async () => {
    expect(await run('well')).toEqual({ measurements: [FIGURE] });
  });

  it('fails with the code and hint of an error that has them', async () => {
    expect(await run('gpu')).toMatchObject({
      ...{ measurements: [FIGURE], failure: 'no device', code: 'GPU_UNAVAILABLE' },
      hint: expect.stringContaining('driver'),
    });
  });

  it('tells what it wrote last where it dies', async () => {
    expect(await run('crash')).toEqual({
      ...{ measurements: [FIGURE], failure: 'ended with 9: double free' },
    });
  });

  it('is ended when its time is up, and keeps what it had measured', async () => {
    expect(await run('hang', HASTY_MS)).toEqual({ measurements: [FIGURE], failure: 'out of time' });
  });

  it('fails where there is no such program', async () => {
    const missing = { command: ['no-such-program'], request: {}, env: {} };
    expect((await runSide(missing, PATIENT_MS)).failure).toContain('no-such-program');
  });
});
