import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findStored } from '../../../../gpu-container/src/serve/storage-key.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

const MAX_BYTES = 10;

describe('the file of a storage key', () => {
  let scratch: Awaited<ReturnType<typeof makeScratchDir>>;
  let root: string;
  const socket = createServer();

  beforeAll(async () => {
    scratch = await makeScratchDir();
    root = join(scratch.path, 'root');
    await mkdir(join(root, 'talks'), { recursive: true });
    await mkdir(join(scratch.path, 'root-of-others'));
    await writeFile(join(root, 'talks', 'one.mp4'), 'video');
    await writeFile(join(root, '..one.mp4'), 'video');
    await writeFile(join(root, 'empty.mp4'), '');
    await writeFile(join(root, 'large.mp4'), 'a'.repeat(MAX_BYTES + 1));
    await writeFile(join(scratch.path, 'secret.mp4'), 'secret');
    await writeFile(join(scratch.path, 'root-of-others', 'their.mp4'), 'theirs');
    await symlink('talks/one.mp4', join(root, 'inside.mp4'));
    await symlink('../secret.mp4', join(root, 'outside.mp4'));
    await symlink(scratch.path, join(root, 'up'));
    await symlink('../root-of-others', join(root, 'others'));
    await new Promise<void>((resolve) => socket.listen(join(root, 'socket.mp4'), resolve));
  });

  afterAll(async () => {
    socket.close();
    await scratch[Symbol.asyncDispose]();
  });

  it('is found below the root, by its real path', async () => {
    const path = join(await realpath(root), 'talks', 'one.mp4');
    expect(await findStored(root, 'talks/one.mp4', MAX_BYTES)).toBe(path);
    expect(await findStored(root, 'inside.mp4', MAX_BYTES)).toBe(path);
  });

  it('is found below a root that is a link itself', async () => {
    const link = join(scratch.path, 'link');
    await symlink(root, link);
    expect(await findStored(link, 'talks/one.mp4', MAX_BYTES)).toContain('/root/talks/one.mp4');
  });

  it('may have a name that begins with two dots', async () => {
    expect(await findStored(root, '..one.mp4', MAX_BYTES)).toContain('..one.mp4');
  });

  it.each([
    '/etc/passwd',
    '../secret.mp4',
    'talks/../../secret.mp4',
    'talks/../talks/one.mp4',
    './talks/one.mp4',
    'talks//one.mp4',
    'talks/',
    '..',
    '..\\secret.mp4',
    'C:/secret.mp4',
    'talks/one.mp4\0.txt',
    'talks/one\n.mp4',
  ])('is refused as a key: %j', async (key) => {
    await expect(findStored(root, key, MAX_BYTES)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      issues: [{ path: 'storage_key', reason: 'NOT_ALLOWED' }],
    });
  });

  it.each([
    'outside.mp4',
    'up/secret.mp4',
    'others/their.mp4',
    'talks',
    'socket.mp4',
    'missing.mp4',
  ])('is not told apart from a missing one where it must not be read: %s', async (key) => {
    await expect(findStored(root, key, MAX_BYTES)).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: `there is no file ${key} in the storage`,
    });
  });

  it('is refused where it is empty or too large', async () => {
    await expect(findStored(root, 'empty.mp4', MAX_BYTES)).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
    });
    await expect(findStored(root, 'large.mp4', MAX_BYTES)).rejects.toMatchObject({
      code: 'INPUT_TOO_LARGE',
    });
  });
});
