import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { hashFile } from '../../../../gpu-container/src/job/hash-file.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

it('hashes a file of many blocks', async () => {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'media');
  const bytes = Buffer.alloc(300_000, 'reelscribe');
  await writeFile(path, bytes);

  expect(await hashFile(path)).toBe(createHash('sha256').update(bytes).digest('hex'));
});

it('stops hashing with the reason of its signal', async () => {
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'media');
  await writeFile(path, Buffer.alloc(300_000));
  const controller = new AbortController();
  const reason = new Error('the job was canceled');
  const hashing = hashFile(path, controller.signal);
  controller.abort(reason);

  await expect(hashing).rejects.toBe(reason);
});
