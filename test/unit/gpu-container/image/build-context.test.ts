import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { contextFiles, readContextFilter } from './build-context.ts';

const isIncluded = readContextFilter('.');
const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

describe("the image's build context", () => {
  it('has the worker, its packages and nothing else of the repository', () => {
    const topLevel = readdirSync('.').filter(
      (name) => !['node_modules', 'gpu-container'].includes(name),
    );
    expect(topLevel.filter(isIncluded).sort()).toEqual([
      '.npmrc',
      'adapters',
      'contracts',
      'package-lock.json',
      'package.json',
    ]);
    expect(isIncluded('gpu-container/src/models/store.ts')).toBe(true);
    expect(isIncluded('contracts/errors.ts')).toBe(true);
  });

  it.each([
    '.env',
    '.git/config',
    'node_modules/pino/package.json',
    'cdk.out/manifest.json',
    'lambdas/api/handler.ts',
    'gpu-container/tsconfig.json',
    'contracts/tsconfig.json',
    'adapters/node_modules/x/index.js',
    'test/unit/contracts/errors.test.ts',
  ])('leaves out %s', (path) => {
    expect(isIncluded(path)).toBe(false);
  });

  it('imports only the packages that are installed in the image', async () => {
    const modules = ['contracts', 'adapters', 'gpu-container/src']
      .flatMap((folder) => contextFiles('.', folder, isIncluded))
      .filter((path) => path.endsWith('.ts'));
    expect(modules).toContain('gpu-container/src/models/store.ts');
    const { metafile } = await build({
      entryPoints: modules,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outdir: 'unwritten',
      write: false,
      metafile: true,
    });
    const packages = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ external, path }) => external && !path.startsWith('node:'))
      .map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
    expect(packages).toContain('pacote');
    const undeclared = packages.filter((name) => !(name in packageJson.dependencies));
    expect([...new Set(undeclared)]).toEqual([]);
  });
});
