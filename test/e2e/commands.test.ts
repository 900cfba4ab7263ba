import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type JobList, jobListSchema } from '#contracts/api.ts';
import { isFinal } from '#contracts/job-record.ts';
import { LOCAL_STATE_DIR, PROJECT_DIR } from '../../local/stack/template.ts';
import { demoSpeech, startPipeline } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const POLL_MS = 500;

/** A command of package.json, as `npm run` starts it, in a folder of its own. */
type Command = {
  child: ChildProcess;
  lines: string[];
  /** The first line that fits, waited for. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  exitCode: Promise<number | null>;
};

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reelscribe-commands-'));
});

afterAll(() => rm(dir, { recursive: true }));

function start(script: string, args: string[] = [], environment: NodeJS.ProcessEnv = {}): Command {
  const child = spawn(process.execPath, [join(PROJECT_DIR, 'local', script), ...args], {
    cwd: dir,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  reader.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    exitCode: once(child, 'close').then(([code]) => code),
    async line(pattern) {
      for (let next = 0; ; next += 1) {
        while (next >= lines.length) {
          if (child.exitCode !== null) {
            throw new Error(`ended without a line like ${pattern}:\n${lines.join('\n')}`);
          }
          await Promise.race([once(reader, 'line'), once(child, 'close')]);
        }
        const match = pattern.exec(lines[next] ?? '');
        if (match !== null) {
          return match;
        }
      }
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the demo', () => {
  it('transcribes a file, tells its speakers apart, writes artifacts and verifies webhooks', async () => {
    const file = join(dir, 'speech.wav');
    await writeFile(file, await demoSpeech('jfk.wav'));
    const demo = start('demo.ts', [file]);
    expect(await demo.exitCode).toBe(0);

    const output = demo.lines.join('\n');
    expect(output.toLowerCase()).toContain('ask not what your country can do for you');
    expect(output).toContain('webhook verified');
    expect(output).toMatch(/^11\.0 s of media with 1 speaker in .*× real time$/m);
    const paths = demo.lines.filter((line) => line.startsWith('reelscribe-output/'));
    expect(paths).toHaveLength(8);
    for (const path of paths) {
      expect((await stat(join(dir, path))).size).toBeGreaterThan(0);
    }
    // What is not for a terminal goes without control characters.
    expect(output).not.toContain('\u001b');
  });

  it('says which file it cannot find', async () => {
    const demo = start('demo.ts', ['absent.wav']);
    expect(await demo.exitCode).toBe(1);
    expect(demo.lines).toEqual(['There is no file absent.wav']);
  });

  it('ends with code, message and hint of a job that failed', async () => {
    const file = join(dir, 'text.mp3');
    await writeFile(file, 'This is not a recording.\n'.repeat(50));
    const demo = start('demo.ts', [file]);
    expect(await demo.exitCode).toBe(1);
    const failure = demo.lines.findIndex((line) => line.startsWith('UNSUPPORTED_MEDIA: '));
    expect(demo.lines[failure + 1]).toMatch(/^Send audio or video/);
  });

  it('stops at Ctrl-C and leaves no worker behind', async () => {
    const file = join(dir, 'long.wav');
    await writeFile(file, await demoSpeech(...new Array(8).fill('jfk.wav')));
    const demo = start('demo.ts', [file]);
    const [, jobId] = await demo.line(/^Job (\w+): /);
    await demo.line(/^transcribe/);
    const log = await readFile(join(LOCAL_STATE_DIR, 'logs', `${jobId}.log`), 'utf8');
    const pid = Number(/"status":"RUNNING","workerPid":(\d+)/.exec(log)?.[1]);
    expect(isAlive(pid)).toBe(true);
    demo.child.kill('SIGINT');
    expect(await demo.exitCode).toBe(130);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('the local stack kept up', () => {
  it('answers with the key that it prints, and stops at Ctrl-C', async () => {
    const serve = start('serve.ts', [], { PORT: '0' });
    const [, url = ''] = await serve.line(/^API URL\s+(\S+)/);
    const [, key = ''] = await serve.line(/^API key\s+(\S+)/);
    const response = await fetch(`${url}/v1/jobs`, { headers: { 'x-api-key': key } });
    expect(await response.json()).toEqual({ jobs: [] });
    expect((await fetch(`${url}/v1/jobs`)).status).toBe(403);
    serve.child.kill('SIGINT');
    expect(await serve.exitCode).toBe(0);
  });

  it('has a recording to transcribe: the job that it prints can be sent as it is', async () => {
    const serve = start('serve.ts', [], { PORT: '0' });
    const [, url = ''] = await serve.line(/curl -X POST (\S+)/);
    const [, key = ''] = await serve.line(/'x-api-key: (\w+)'/);
    const [, body = ''] = await serve.line(/-d '(.+)'$/);
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
    const [, list = ''] = await serve.line(/^ +curl (\S+\/v1\/jobs) /);
    let job: JobList['jobs'][number] | undefined;
    while (job === undefined || !isFinal(job.status)) {
      await delay(POLL_MS);
      const response = await fetch(list, { headers });
      job = jobListSchema.parse(await response.json()).jobs[0];
    }
    expect(job.status).toBe('SUCCEEDED');
    serve.child.kill('SIGINT');
    expect(await serve.exitCode).toBe(0);
  });

  it('says what to do where its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const serve = start('serve.ts', [], { PORT: String(port) });
    expect(await serve.exitCode).toBe(1);
    expect(serve.lines.at(-1)).toBe(`Port ${port} is taken; PORT=0 takes any free one.`);
    taken.close();
  });

  it('refuses a port that is none', async () => {
    const serve = start('serve.ts', [], { PORT: 'http' });
    expect(await serve.exitCode).toBe(1);
    expect(serve.lines).toEqual(['PORT is a number from 0 to 65535, not http.']);
  });

  it('refuses a webhook to loopback unless it was told to allow it', async () => {
    await using pipeline = await startPipeline({ allowLoopbackUrls: false });
    await expect(
      pipeline.post({ s3: { bucket: pipeline.stack.mediaBucket, key: 'a' } }),
    ).rejects.toMatchObject({ code: 'WEBHOOK_URL_NOT_ALLOWED' });
  });
});
