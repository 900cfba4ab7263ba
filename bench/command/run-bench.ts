import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whatever is wrong with the command line, in words for who typed it. */
export class UsageError extends Error {}

const EXIT_USAGE = 2;

/** Tells whoever waits how a bench gets on; results go to standard output. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a bench as a command: with a folder of its own to work in, and with its
 * usage where that is asked for, or where the command line is wrong.
 *
 * @param measure returns what to print
 */
export async function runBench(
  usage: string,
  measure: (args: readonly string[], scratchDir: string) => Promise<string>,
): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const scratchDir = await mkdtemp(join(tmpdir(), 'reelscribe-bench-'));
  try {
    process.stdout.write(`${await measure(args, scratchDir)}\n`);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      throw error;
    }
    say(`${error.message}\n\n${usage}`);
    process.exitCode = EXIT_USAGE;
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}
