import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Reference recordings and numbers that live beside the project, not in it. */
const SHARED_DIR = resolve(process.env['REELSCRIBE_SHARED'] ?? '../shared');

export const hasShared = existsSync(SHARED_DIR);

export function sharedPath(...parts: string[]): string {
  return join(SHARED_DIR, ...parts);
}
