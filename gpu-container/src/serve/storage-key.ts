import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ReelscribeError } from '#contracts/errors.ts';
import { Refusal } from './refusal.ts';

/**
 * Finds the file of a storage key. The key is a relative path with forward
 * slashes that does not climb; where links lead, it still lies below the root.
 *
 * @param root absolute path of the folder that the service may read
 * @returns the file's real path, without links
 * @throws ReelscribeError INVALID_REQUEST for a key that is no such path;
 *   INPUT_NOT_FOUND for what is not there, not a file, or elsewhere, all alike, so that
 *   nothing is told of what lies outside; INPUT_EMPTY; INPUT_TOO_LARGE
 */
export async function findStored(root: string, key: string, maxBytes: number): Promise<string> {
  assertRelative(key);
  const { path, facts } = await follow(root, key);
  if (facts.size === 0) {
    throw new ReelscribeError('INPUT_EMPTY', `${key} has 0 bytes`);
  }
  if (facts.size > maxBytes) {
    throw new ReelscribeError(
      'INPUT_TOO_LARGE',
      `${key} has ${facts.size} bytes, more than ${maxBytes}`,
      { hint: 'Send a smaller file or raise MAX_INPUT_BYTES.' },
    );
  }
  return path;
}

function assertRelative(key: string): void {
  const parts = key.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain || /[\p{Cc}\\]/u.test(key) || /^[a-z]:/i.test(key)) {
    const message = 'must be a relative path with forward slashes, without . and ..';
    throw new Refusal('INVALID_REQUEST', {
      issues: [{ path: 'storage_key', reason: 'NOT_ALLOWED', message }],
    });
  }
}

async function follow(root: string, key: string): Promise<{ path: string; facts: Stats }> {
  try {
    const realRoot = await realpath(root);
    const path = await realpath(join(realRoot, key));
    const facts = await stat(path);
    if (facts.isFile() && isBelow(realRoot, path)) {
      return { path, facts };
    }
  } catch {
    // Whether it is missing or must not be read, the answer is the same.
  }
  throw new ReelscribeError('INPUT_NOT_FOUND', `there is no file ${key} in the storage`, {
    hint: 'Check storage_key; it is relative to the STORAGE_ROOT of the service.',
  });
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}
