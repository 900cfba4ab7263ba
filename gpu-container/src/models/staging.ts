import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from './model-entry.ts';
import { SourceError } from './sources/source.ts';

/** The bytes are complete and are not the pinned ones. */
export class ChecksumMismatch extends Error {
  override readonly name = 'ChecksumMismatch';
}

/**
 * Writes a stream to a file, flushed to the disk, hashing it on the way. Where
 * nothing is known of the file yet, any content will do.
 *
 * @throws SourceError (transient) where the stream ends before the expected length
 * @throws ChecksumMismatch where length or sha256 are other than expected
 */
export async function stageFile(
  body: Readable,
  path: string,
  expected: Digest | undefined,
  onBytes: (receivedBytes: number) => void = () => {},
): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (expected !== undefined && bytes > expected.bytes) {
          throw new ChecksumMismatch(
            `${basename(path)} has more than the expected ${expected.bytes} bytes`,
          );
        }
        hash.update(chunk);
        onBytes(bytes);
        yield chunk;
      }
    },
    createWriteStream(path, { flush: true }),
  );
  if (expected !== undefined && bytes < expected.bytes) {
    throw new SourceError(`${basename(path)} ended after ${bytes} of ${expected.bytes} bytes`, {
      transient: true,
    });
  }
  const sha256 = hash.digest('hex');
  if (expected !== undefined && sha256 !== expected.sha256) {
    throw new ChecksumMismatch(`${basename(path)} has sha256 ${sha256}, not ${expected.sha256}`);
  }
  return { sha256, bytes };
}
