import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What a container is to its host: a command with exactly this environment. */
export type ContainerSpec = {
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
};

export type ContainerExit = { exitCode?: number; reason?: string };

export type Container = {
  readonly pid: number | undefined;
  /** Resolves when the process and its output have ended; never rejects. */
  readonly ended: Promise<ContainerExit>;
  /** SIGTERM to the first process, then, after the stop timeout, SIGKILL to all of them. */
  stop(): void;
  kill(): void;
};

/** Working directory of the command, and how long it may take to stop. */
export type ContainerHost = { cwd: string; stopTimeoutMs: number };

const running = new Set<Container>();

// A process that leaves without a word must not leave its workers behind.
process.on('exit', () => {
  for (const container of running) {
    container.kill();
  }
});

/** Runs a command as ECS runs a container: SIGTERM reaches its first process, SIGKILL all of them. */
export function startContainer(spec: ContainerSpec, host: ContainerHost): Container {
  const [file = '', ...args] = spec.command;
  const child = spawn(file, args, {
    cwd: host.cwd,
    env: spec.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: SIGKILL takes what the worker started along, as the
    // end of a container does, and Ctrl-C in the terminal does not pass us by.
    detached: true,
  });
  let stopTimer: NodeJS.Timeout | undefined;

  const kill = () => killGroup(child);
  const container: Container = {
    pid: child.pid,
    ended: waitForEnd(child, spec.onLine).finally(() => {
      clearTimeout(stopTimer);
      running.delete(container);
    }),
    stop: () => {
      if (stopTimer === undefined && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        stopTimer = setTimeout(kill, host.stopTimeoutMs);
      }
    },
    kill,
  };
  running.add(container);
  return container;
}

async function waitForEnd(
  child: ChildProcess,
  onLine: (line: string) => void,
): Promise<ContainerExit> {
  const output = Promise.all([readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
  const exit = await new Promise<ContainerExit>((resolve) => {
    child.once('error', (error) =>
      resolve({ reason: `CannotStartContainerError: ${error.message}` }),
    );
    child.once('exit', (code, signal) =>
      resolve({ exitCode: code ?? exitCodeOfSignal(signal ?? 'SIGKILL') }),
    );
  });
  // The first process has ended; whatever it started ends with it, and lets go of the output.
  killGroup(child);
  await output;
  return exit;
}

async function readLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (stream !== null) {
    for await (const line of createInterface({ input: stream })) {
      onLine(line);
    }
  }
}

/** As shells and Docker count: 128 and the number of the signal, so 137 for SIGKILL. */
function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}
