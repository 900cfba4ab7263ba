import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import { JOB_ID } from './job/sample-job.ts';

const MAIN = fileURLToPath(import.meta.resolve('../../../gpu-container/src/main.ts'));

function runWorker(args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe('the command line of the worker', () => {
  it('tells its version', async () => {
    const { code, stdout } = await runWorker(['--version']);

    expect(code).toBe(EXIT_CODES.SUCCEEDED);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows its usage where it is called wrongly', async () => {
    const { code, stderr } = await runWorker(['run', 'not-a-job']);

    expect(code).toBe(EXIT_CODES.BROKEN);
    expect(stderr).toContain('usage:');
  });

  it('ends as broken in an environment in which no job can run, and names what is missing', async () => {
    const { code, stderr } = await runWorker(['run', JOB_ID], { DEVICE: 'cpu' });

    expect(code).toBe(EXIT_CODES.BROKEN);
    expect(stderr).toContain('JOB_TABLE');
  });

  it('does not serve without the GPU that was asked for, and tells what to do about it', async () => {
    const { code, stdout } = await runWorker(['serve'], {
      DEVICE: 'cuda',
      PORT: '0',
      STORAGE_ROOT: tmpdir(),
      SCRATCH_DIR: tmpdir(),
      SERVICE_TOKEN: 'a-token-of-more-than-24-characters',
    });

    expect(code).toBe(EXIT_CODES.BROKEN);
    expect(JSON.parse(stdout)).toMatchObject({
      level: 'fatal',
      code: 'GPU_UNAVAILABLE',
      hint: expect.stringContaining('onnxruntime'),
    });
  });
});
