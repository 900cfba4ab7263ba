import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeScratchDir } from '../../environment/scratch-dir.ts';
import { runStaged, type StagedImage, stageImage } from './stage-image.ts';

const STAGE_TIMEOUT_MS = 5 * 60 * 1000;

describe("the image's files in an empty folder", () => {
  const scratch = new AsyncDisposableStack();
  let image: StagedImage;
  beforeAll(async () => {
    const { path } = scratch.use(await makeScratchDir());
    image = await stageImage(path);
  }, STAGE_TIMEOUT_MS);
  afterAll(async () => await scratch.disposeAsync());

  it('are the packages, the schemas, the adapters and the worker', () => {
    expect(readdirSync(image.dir).sort()).toEqual([
      '.npmrc',
      'adapters',
      'contracts',
      'gpu-container',
      'node_modules',
      'package-lock.json',
      'package.json',
    ]);
    expect(readdirSync(join(image.dir, 'gpu-container'))).toEqual(['src']);
  });

  it('come with the dependencies and without the development ones', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(image.dir, 'package.json'), 'utf8'),
    );
    const isInstalled = (name: string) => existsSync(join(image.dir, 'node_modules', name));
    expect(Object.keys(dependencies).filter((name) => !isInstalled(name))).toEqual([]);
    expect(isInstalled('jest')).toBe(false);
    expect(Object.keys(devDependencies)).toContain('jest');
  });

  it('run the model store as the image build does', async () => {
    const { stdout } = await runStaged(image, ['gpu-container/src/models/cli.ts', 'list'], {
      MODELS_DIR: join(image.dir, 'models'),
    });
    expect(stdout).toMatch(/^silero-vad /m);
  });
});
