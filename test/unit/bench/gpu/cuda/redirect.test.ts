import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { RUNTIME_HOME } from '../../../../../bench/gpu/cuda/runtime-home.ts';
import { makeScratchDir } from '../../../../environment/scratch-dir.ts';

const REDIRECT = resolve(import.meta.dirname, '../../../../../bench/gpu/cuda/redirect.ts');

/** Says where onnxruntime-node comes from, in the main thread and in another. */
const SCRIPT = `
  import { Worker } from 'node:worker_threads';
  import { name } from 'onnxruntime-node';
  const code = "import('onnxruntime-node').then(({ name }) => process.stdout.write(name))";
  new Worker(code, { eval: true }).once('exit', () => process.stdout.write(\` \${name}\`));
`;

describe('another onnxruntime-node', () => {
  it('is used by all threads of a process that is told where it is', async () => {
    await using scratch = await makeScratchDir();
    const folder = join(scratch.path, 'node_modules', 'onnxruntime-node');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'index.js'), "exports.name = 'the other one';");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', REDIRECT, '--input-type=module', '--eval', SCRIPT],
      { env: { ...process.env, [RUNTIME_HOME]: scratch.path } },
    );
    expect(stdout).toBe('the other one the other one');
  });
});
