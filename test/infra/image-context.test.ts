import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createApp } from '../../infra/create-app.ts';
import { makeScratchDir } from '../environment/scratch-dir.ts';

type ImageSource = { directory: string; dockerFile: string };

it('stages the worker’s Dockerfile and what it copies for the build of the image', async () => {
  await using scratch = await makeScratchDir();
  const outdir = scratch.path;
  const { app } = createApp({ context: { 'aws:cdk:bundling-stacks': [] }, outdir });
  app.synth();

  const manifests = globSync('*.assets.json', { cwd: outdir }).map((name) =>
    JSON.parse(readFileSync(join(outdir, name), 'utf8')),
  );
  const sources = manifests.flatMap(({ dockerImages }) =>
    Object.values(dockerImages as Record<string, { source: ImageSource }>),
  );
  expect(sources.map(({ source }) => source.dockerFile)).toEqual(['gpu-container/Dockerfile']);
  for (const { source } of sources) {
    const paths = [source.dockerFile, 'gpu-container/src/main.ts', 'adapters', 'contracts'];
    const isStaged = (path: string) => existsSync(join(outdir, source.directory, path));
    expect(paths.filter((path) => !isStaged(path))).toEqual([]);
  }
});
