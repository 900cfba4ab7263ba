import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

/** Log files of one folder, begun anew when they get their first line. */
export type LogFiles = AsyncDisposable & {
  readonly dir: string;
  write(name: string, line: string): void;
};

export function openLogFiles(dir: string): LogFiles {
  const streams = new Map<string, WriteStream>();
  mkdirSync(dir, { recursive: true });
  return {
    dir,
    write: (name, line) => {
      let stream = streams.get(name);
      if (stream === undefined) {
        stream = createWriteStream(join(dir, `${name}.log`), { flags: 'w' });
        streams.set(name, stream);
      }
      stream.write(`${line}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(
        [...streams.values()].map(async (stream) => {
          stream.end();
          await once(stream, 'close');
        }),
      );
    },
  };
}
