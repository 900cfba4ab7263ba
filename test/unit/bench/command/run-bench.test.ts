import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const COMMAND = new URL('../../../../bench/command/run-bench.ts', import.meta.url).href;

/** Runs a bench that does this, and tells what it prints and how it ends. */
function runScript(
  body: string,
  ...args: string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const script = `import { runBench, UsageError } from '${COMMAND}';
    await runBench('Usage: this', async (args, scratchDir) => { ${body} });`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      // A script's own path comes before its arguments; what is evaluated has none.
      ['--input-type=module', '--eval', script, '--', 'bench', ...args],
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('a bench as a command', () => {
  it('prints what is measured, and leaves no scratch folder', async () => {
    const { code, stdout } = await runScript('return args[0] + " " + scratchDir', '--quick');
    const [option, folder] = stdout.trim().split(' ');
    expect([code, option]).toEqual([0, '--quick']);
    expect(folder).toContain('reelscribe-bench-');
    expect(existsSync(folder!)).toBe(false);
  });

  it('tells its usage where that is asked for, and measures nothing', async () => {
    const { code, stdout } = await runScript('throw new Error("measured")', '--help');
    expect([code, stdout]).toEqual([0, 'Usage: this\n']);
  });

  it('tells what is wrong with the command line and how it should be', async () => {
    const { code, stdout, stderr } = await runScript('throw new UsageError("no such folder")');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('no such folder\n\nUsage: this');
  });

  it('does not hide what goes wrong otherwise', async () => {
    const { code, stderr } = await runScript('throw new Error("out of disk")');
    expect(code).toBe(1);
    expect(stderr).toContain('out of disk');
  });
});
