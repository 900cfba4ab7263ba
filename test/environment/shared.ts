import { describe, it } from '@jest/globals';
import { hasShared } from './shared-path.ts';

export { sharedPath } from './shared-path.ts';

/** Like `it`, reported as skipped where the reference folder is absent. */
export const itWithShared = hasShared ? it : it.skip;

/** Like `describe`, reported as skipped where the reference folder is absent. */
export const describeWithShared = hasShared ? describe : describe.skip;
