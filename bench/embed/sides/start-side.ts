import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readAllocatorSettings } from '../../../local/stack/worker-image.ts';
import { pinnedCommand } from '../../transcribe/processor-cores.ts';
import type { SideReply, SideRequest, SideResult, SideSetup, SideTask } from './messages.ts';

export type SideName = 'ours' | 'peer';

export type RunningSide = AsyncDisposable & {
  /** @throws Error where the side fails at it */
  run(task: SideTask): Promise<SideResult>;
};

const STDERR_TAIL_CHARACTERS = 2_000;

/**
 * Starts a side in a process of its own, on as many cores as it may have threads,
 * with the model loaded. It waits between tasks, so that two sides can take turns.
 *
 * @throws Error where it cannot be opened
 */
export async function startSide(name: SideName, setup: SideSetup): Promise<RunningSide> {
  const script = join(import.meta.dirname, `${name}.ts`);
  const [command, ...args] = pinnedCommand([process.execPath, script], setup.threads);
  const settings = name === 'ours' ? await readAllocatorSettings() : {};
  const child = spawn(command!, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...settings },
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL_CHARACTERS);
  });
  const ask = async (request: SideRequest): Promise<SideReply> => {
    const reply = await replyOf(child, request);
    if (reply === undefined || reply.event === 'failure') {
      throw new Error(`${name} failed: ${reply?.message ?? stderr}`);
    }
    return reply;
  };
  await ask({ ask: 'open', setup });
  return {
    run: async (task) => {
      const reply = await ask({ ask: 'run', task });
      if (reply.event !== 'done') {
        throw new Error(`${name} told of ${reply.event} instead of a result`);
      }
      return reply.result;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
}

/** Undefined where the process ends instead of replying. */
async function replyOf(child: ChildProcess, request: SideRequest): Promise<SideReply | undefined> {
  const { promise, resolve } = Promise.withResolvers<SideReply | undefined>();
  const onReply = (reply: unknown) => resolve(reply as SideReply);
  const onExit = () => resolve(undefined);
  child.once('message', onReply).once('exit', onExit);
  try {
    child.send(request);
    return await promise;
  } finally {
    child.off('message', onReply).off('exit', onExit);
  }
}
