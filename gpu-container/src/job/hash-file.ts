import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * SHA-256 of a file as lower-case hex, read in constant memory.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, { signal });
  } catch (error) {
    // A stream has an AbortError of its own.
    signal?.throwIfAborted();
    throw error;
  }
  return hash.digest('hex');
}
