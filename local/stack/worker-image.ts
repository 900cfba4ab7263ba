import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PROJECT_DIR } from './template.ts';

/** What the Batch emulator runs a worker from. */
export type WorkerImage = {
  /** The working folder: WORKDIR, with what the image copies there. */
  dir: string;
  /** ENTRYPOINT, with the Node that runs here. */
  entryPoint: readonly string[];
  /** ENV, to which the job definition adds and over which it wins. */
  environment: Readonly<Record<string, string>>;
};

const DOCKERFILE = join(PROJECT_DIR, 'gpu-container', 'Dockerfile');

/** The project as if it were its own image; the machine gives the rest of what ENV would. */
export async function projectAsImage(): Promise<WorkerImage> {
  return {
    dir: PROJECT_DIR,
    entryPoint: await readEntryPoint(),
    environment: await readAllocatorSettings(),
  };
}

/** What the image tells glibc's allocator, which reads it when a process starts. */
export async function readAllocatorSettings(
  dockerfile = DOCKERFILE,
): Promise<Record<string, string>> {
  const text = await readFile(dockerfile, 'utf8');
  const settings = text.matchAll(/^\s*(?:ENV\s+)?(MALLOC_\w+)=(\d+)\b/gm);
  return Object.fromEntries([...settings].map(([, name, value]) => [name!, value!]));
}

/**
 * What a container of the worker's image runs before the job's command: the
 * ENTRYPOINT of the Dockerfile, with the Node that runs here. Its paths are
 * relative to the image's working folder, which holds what the project's does.
 *
 * @throws Error where the Dockerfile has no ENTRYPOINT in exec form
 */
export async function readEntryPoint(dockerfile = DOCKERFILE): Promise<string[]> {
  const text = await readFile(dockerfile, 'utf8');
  const words = /^ENTRYPOINT\s+(\[.*\])\s*$/m.exec(text)?.[1];
  if (words === undefined) {
    throw new Error(`${dockerfile} has no ENTRYPOINT in exec form`);
  }
  const [, ...args] = z.array(z.string()).min(2).parse(JSON.parse(words));
  return [process.execPath, ...args];
}
