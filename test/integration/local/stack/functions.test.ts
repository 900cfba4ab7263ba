import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createFunction,
  type FunctionOptions,
  type LambdaFunction,
} from '../../../../local/stack/functions.ts';

const HANDLER = `
export function createHandler(environment) {
  return async (event, context) => {
    if (event.fail) throw new Error('as asked');
    if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
    if (event.exit) process.exit(3);
    console.log('handled');
    return { event, environment, pid: process.pid, remaining: context.getRemainingTimeInMillis() };
  };
}`;

type Result = { event: unknown; environment: object; pid: number; remaining: number };

let dir: string;
let lines: string[];
let deployed: LambdaFunction;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reelscribe-functions-'));
  await writeFile(join(dir, 'handler.mjs'), HANDLER);
});

afterEach(async () => {
  await deployed[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

function create(options: Partial<FunctionOptions> = {}): void {
  lines = [];
  deployed = createFunction({
    name: 'echo',
    entry: join(dir, 'handler.mjs'),
    environment: { FROM_TEMPLATE: 'yes' },
    timeoutMs: 10_000,
    onLine: (line) => lines.push(line),
    ...options,
  });
}

const invoke = async (event: object) => (await deployed.invoke(event)) as Result;

describe('a function', () => {
  it('has its own environment and nothing of ours', async () => {
    process.env['SECRET_OF_THE_PARENT'] = 'leak';
    create();
    const { environment, event } = await invoke({ hello: 'world' });
    delete process.env['SECRET_OF_THE_PARENT'];
    expect(event).toEqual({ hello: 'world' });
    expect(environment).toHaveProperty('FROM_TEMPLATE', 'yes');
    expect(environment).not.toHaveProperty('SECRET_OF_THE_PARENT');
    expect(environment).not.toHaveProperty('PATH');
  });

  it('keeps its process between invocations, and tells its time', async () => {
    create();
    const first = await invoke({});
    const second = await invoke({});
    expect(second.pid).toBe(first.pid);
    expect(second.pid).not.toBe(process.pid);
    expect(second.remaining).toBeGreaterThan(0);
    expect(lines).toEqual(['handled', 'handled']);
  });

  it('spreads its invocations over as many processes as asked', async () => {
    create({ processes: 2 });
    const results = await Promise.all([invoke({}), invoke({}), invoke({}), invoke({})]);
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(2);
    expect(deployed.pids()).toHaveLength(2);
  });

  it('rejects where the handler throws, and goes on', async () => {
    create();
    await expect(invoke({ fail: true })).rejects.toThrow('as asked');
    expect((await invoke({})).event).toEqual({});
  });

  it('ends an invocation at its timeout, and the next has a new process', async () => {
    create({ timeoutMs: 300 });
    await expect(invoke({ hang: true })).rejects.toThrow('SIGKILL');
    expect(lines).toEqual(['echo: timed out after 0.3 s']);
    expect((await invoke({})).event).toEqual({});
  });

  it('rejects where its process dies, and starts another', async () => {
    create();
    await expect(invoke({ exit: true })).rejects.toThrow('ended with 3');
    expect((await invoke({})).event).toEqual({});
  });

  it('rejects where its file cannot be loaded', async () => {
    create({ entry: join(dir, 'missing.mjs') });
    await expect(invoke({})).rejects.toThrow('at its start');
  });

  it('is gone after its disposal', async () => {
    create();
    const { pid } = await invoke({});
    await deployed[Symbol.asyncDispose]();
    expect(() => process.kill(pid, 0)).toThrow();
  });
});
