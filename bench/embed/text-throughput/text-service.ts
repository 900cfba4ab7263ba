import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../gpu-container/src/main.ts', import.meta.url));
const POLL_MS = 50;

/** The service in a process of its own, on a free port of this machine. */
export type TextService = AsyncDisposable & { readonly origin: string };

/**
 * Starts the service with a text model and no other, and waits until that is loaded.
 *
 * @param scratchDir where it keeps files; also its storage root
 */
export async function startTextService(model: string, scratchDir: string): Promise<TextService> {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      SERVICE_TOKEN: '',
      SERVICE_ALLOW_ANONYMOUS: '1',
      STORAGE_ROOT: scratchDir,
      SCRATCH_DIR: scratchDir,
      TEXT_MODELS: model,
      VIDEO_MODEL: 'none',
      TRANSCRIPTION_MODEL: 'none',
      // No text waits for others while a lane is free, so neither way of asking pays for it.
      MAX_BATCH_WAIT_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  try {
    const origin = `http://127.0.0.1:${await portOf(child)}`;
    await loaded(origin);
    return { origin, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads the log until the service says where it listens, and on, so that it can go on writing. */
async function portOf(child: ChildProcess): Promise<number> {
  const lines = createInterface({ input: child.stdout! });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  lines.on('line', (line) => {
    const { msg, address } = JSON.parse(line);
    if (msg === 'listening') {
      resolve(address.port);
    }
  });
  child.once('exit', (code) => reject(new Error(`The service ended with code ${code}`)));
  return await promise;
}

async function loaded(origin: string): Promise<void> {
  for (;;) {
    const { status } = (await (await fetch(`${origin}/health`)).json()) as { status: string };
    if (status === 'ok') {
      return;
    }
    if (status !== 'loading') {
      throw new Error(`The service is ${status}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
