import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Invocation = { id: string; event: unknown; deadline: number };

export type InvocationResult = { id: string; value?: unknown; error?: string };

/** A deployed function; its invocations may overlap. */
export type LambdaFunction = AsyncDisposable & {
  readonly name: string;
  /** @throws Error where the handler threw, took longer than its timeout, or its process died */
  invoke(event: unknown): Promise<unknown>;
  /** Process ids of those that have been started, in the order of their first use. */
  pids(): number[];
};

export type FunctionOptions = {
  name: string;
  /** File that exports `createHandler`. */
  entry: string;
  /** All of it: nothing of our own environment is added. */
  environment: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Invocations take turns among so many processes. */
  processes?: number;
  onLine: (line: string) => void;
};

type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void };

/** Makes a function whose processes start when they are first needed. */
export function createFunction(options: FunctionOptions): LambdaFunction {
  const processes = new Array<FunctionProcess | undefined>(options.processes ?? 1).fill(undefined);
  let turn = 0;
  let closed = false;
  return {
    name: options.name,
    invoke: async (event) => {
      if (closed) {
        throw new Error(`${options.name} was stopped`);
      }
      const index = turn % processes.length;
      turn += 1;
      const existing = processes[index];
      const chosen = existing?.alive() ? existing : startProcess(options);
      processes[index] = chosen;
      return await chosen.invoke(event);
    },
    pids: () => processes.flatMap((started) => started?.child.pid ?? []),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await Promise.all(processes.map((started) => started?.stop()));
    },
  };
}

type FunctionProcess = ReturnType<typeof startProcess>;

function startProcess(options: FunctionOptions) {
  const child = fork(
    join(import.meta.dirname, 'function-process.ts'),
    [options.entry, options.name],
    { env: options.environment, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const waiting = new Map<string, Waiting>();
  const ready = untilReady(child);
  // Whoever invokes it hears of a failed start; a process nobody waits for may fail unheard.
  ready.catch(() => undefined);
  const ended = once(child, 'exit');

  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) {
      createInterface({ input: stream }).on('line', options.onLine);
    }
  }
  child.on('message', (message: InvocationResult | 'ready') => {
    if (message === 'ready') {
      return;
    }
    const invocation = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) {
      invocation?.resolve(message.value);
    } else {
      invocation?.reject(new Error(`${options.name}: ${message.error}`));
    }
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) {
      reject(new Error(`${options.name}: the process ended with ${signal ?? code}`));
    }
    waiting.clear();
  });

  return {
    child,
    alive: () => child.exitCode === null && child.signalCode === null,

    async invoke(event: unknown): Promise<unknown> {
      await ready;
      const id = randomUUID();
      const result = new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
      });
      child.send({ id, event, deadline: Date.now() + options.timeoutMs } satisfies Invocation);
      // Lambda, too, ends the process in which an invocation took too long.
      const timer = setTimeout(() => {
        options.onLine(`${options.name}: timed out after ${options.timeoutMs / 1_000} s`);
        child.kill('SIGKILL');
      }, options.timeoutMs);
      return await result.finally(() => clearTimeout(timer));
    },

    async stop(): Promise<void> {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
    },
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the function's process ended at its start with ${signal ?? code}`);
  });
  await Promise.race([once(child, 'message'), exited]);
  exited.catch(() => undefined);
}
