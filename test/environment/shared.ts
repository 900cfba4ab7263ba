import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from '@jest/globals';

/** Reference recordings and numbers that live beside the project, not in it. */
const SHARED_DIR = resolve(process.env['REELSCRIBE_SHARED'] ?? '../shared');
const hasShared = existsSync(SHARED_DIR);

export function sharedPath(...parts: string[]): string {
  return join(SHARED_DIR, ...parts);
}

/** Like `it`, reported as skipped where the reference folder is absent. */
export const itWithShared = hasShared ? it : it.skip;

/** Like `describe`, reported as skipped where the reference folder is absent. */
export const describeWithShared = hasShared ? describe : describe.skip;
