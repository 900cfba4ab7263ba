import { describe, expect, it } from '@jest/globals';
import { ProcessError, runProcess } from '../../../../gpu-container/src/decode/run-process.ts';

const TIMEOUT_MS = 30_000;

/** Runs a piece of JavaScript in a Node of its own. */
function runScript(
  script: string,
  options: Partial<Parameters<typeof runProcess>[2]> = {},
): ReturnType<typeof runProcess> {
  return runProcess(process.execPath, ['-e', script], { timeoutMs: TIMEOUT_MS, ...options });
}

async function failureOf(running: Promise<unknown>): Promise<ProcessError> {
  const error = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProcessError)) {
    throw new Error('expected a ProcessError', { cause: error });
  }
  return error;
}

describe('runProcess', () => {
  it('gives stdout and the end of stderr', async () => {
    const output = await runScript("process.stdout.write('out'); process.stderr.write('err')");
    expect(output).toEqual({ stdout: 'out', stderrTail: 'err' });
  });

  it('hands arguments over as they are, without a shell', async () => {
    const argument = '$(id); `id` "quoted" \'*\' -x';
    const output = await runProcess(
      process.execPath,
      ['-e', 'process.stdout.write(process.argv[1])', '--', argument],
      { timeoutMs: TIMEOUT_MS },
    );
    expect(output.stdout).toBe(argument);
  });

  it('keeps our environment, and the credentials in it, from the child', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'a secret';
    process.env['WEBHOOK_SECRETS_PREFIX'] = 'a name';
    try {
      const { stdout } = await runScript('process.stdout.write(JSON.stringify(process.env))');
      const names = Object.keys(JSON.parse(stdout) as object);
      expect(names).toContain('PATH');
      expect(names.filter((name) => /AWS|SECRET|TOKEN|HOME/.test(name))).toEqual([]);
    } finally {
      delete process.env['AWS_SECRET_ACCESS_KEY'];
      delete process.env['WEBHOOK_SECRETS_PREFIX'];
    }
  });

  it('gives the child an empty stdin', async () => {
    const { stdout } = await runScript(
      "process.stdin.on('data', () => {}).on('end', () => process.stdout.write('ended'))",
    );
    expect(stdout).toBe('ended');
  });

  it('reports an exit code with the end of what the child complained about', async () => {
    const error = await failureOf(
      runScript("process.stderr.write('x'.repeat(100000) + 'the reason'); process.exitCode = 3"),
    );
    expect(error).toMatchObject({ exitCode: 3, signal: null, timedOut: false });
    expect(error.stderrTail.endsWith('the reason')).toBe(true);
    expect(error.stderrTail.length).toBeLessThan(10_000);
  });

  it('reports the signal that ended the child', async () => {
    const error = await failureOf(runScript("process.kill(process.pid, 'SIGSEGV')"));
    expect(error).toMatchObject({ exitCode: null, signal: 'SIGSEGV', timedOut: false });
  });

  it.each([undefined, 1_073_741_824])(
    'reports a program that does not exist (memory limit %s)',
    async (maxMemoryBytes) => {
      const error = await failureOf(
        runProcess('/nonexistent/ffmpeg', [], {
          timeoutMs: TIMEOUT_MS,
          ...(maxMemoryBytes !== undefined && { maxMemoryBytes }),
        }),
      );
      expect(error).toMatchObject({ exitCode: null, signal: null });
      expect(error.message).toContain('could not be started');
    },
  );

  it('kills a child that is out of time and does not heed SIGTERM', async () => {
    const error = await failureOf(
      runScript(
        "process.on('SIGTERM', () => {}); process.stdout.write('up'); setInterval(() => {}, 1e6)",
        { timeoutMs: 1_000 },
      ),
    );
    expect(error).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  });

  it('ends a child that writes more than it may', async () => {
    const error = await failureOf(
      runScript("const pour = () => process.stdout.write('x'.repeat(4096), pour); pour()", {
        maxStdoutChars: 10_000,
      }),
    );
    expect(error.message).toContain('wrote too much');
  });

  it('ends the child and rejects with the reason when its signal is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('the machine goes away');
    let isUp = false;
    const running = runScript("process.stdout.write('up\\n'); setInterval(() => {}, 1e6)", {
      signal: controller.signal,
      onStdoutLine: () => {
        isUp = true;
        controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(isUp).toBe(true);
  });

  it('passes lines on whole, however they arrive', async () => {
    const lines: string[] = [];
    await runScript(
      "process.stdout.write('one\\ntw'); setTimeout(() => process.stdout.write('o\\nthree\\n'), 50)",
      { onStdoutLine: (line) => lines.push(line) },
    );
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('limits the address space of the child on Linux', async () => {
    const { stdout } = await runProcess('/bin/sh', ['-c', 'ulimit -v'], {
      timeoutMs: TIMEOUT_MS,
      maxMemoryBytes: 1_073_741_824,
    });
    expect(stdout.trim()).toBe(process.platform === 'linux' ? '1048576' : 'unlimited');
  });
});
