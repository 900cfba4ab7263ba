import { parseArgs } from 'node:util';
import { UsageError } from '../command/run-bench.ts';
import { dataFolder, positiveInteger } from '../transcribe/arguments.ts';

export type EmbedArguments = {
  /** Folder with a manifest.json and the videos it lists; undefined for videos made here. */
  data: string | undefined;
  threads: number;
  /** Fewer rounds, and no videos but the shortest. */
  quick: boolean;
  skipPeer: boolean;
};

export const USAGE = `Usage: npm run bench:embed -- [options]

  --data DIR    folder with a manifest.json, whose videos are embedded in place of videos made here
  --threads N   threads, and processor cores, of each side (default: 2)
  --quick       fewer rounds and the shortest video only
  --skip-peer   ours alone`;

/** @throws UsageError */
export function parseEmbedArguments(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): EmbedArguments {
  const { data, threads, quick, 'skip-peer': skipPeer } = parse(args);
  return {
    data: data === undefined ? undefined : dataFolder(data, env),
    threads: positiveInteger('--threads', threads),
    quick,
    skipPeer,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        threads: { type: 'string', default: '2' },
        quick: { type: 'boolean', default: false },
        'skip-peer': { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
