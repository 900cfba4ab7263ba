import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { npmConfigFrom } from '../../../../gpu-container/src/models/sources/npm-config.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';

/** How npm writes a variable of the environment. */
const variable = (name: string): string => `\${${name}}`;

describe("npm's registry settings", () => {
  it('come from the user, then the working directory, then the environment', async () => {
    await using home = await makeScratchDir();
    const project = join(home.path, 'project');
    await mkdir(project);
    const env = { HOME: home.path };
    expect(npmConfigFrom(env, project)).toEqual({});

    await writeFile(join(home.path, '.npmrc'), 'registry=https://user.example\n');
    expect(npmConfigFrom(env, project)).toEqual({ registry: 'https://user.example' });

    await writeFile(join(project, '.npmrc'), 'registry = "https://project.example"\n');
    expect(npmConfigFrom(env, project)).toEqual({ registry: 'https://project.example' });

    expect(npmConfigFrom({ ...env, npm_config_registry: 'https://env.example' }, project)).toEqual({
      registry: 'https://env.example',
    });
  });

  it('hold scopes and credentials, with variables filled in, and nothing else', async () => {
    await using home = await makeScratchDir();
    await writeFile(
      join(home.path, '.npmrc'),
      [
        '; comment',
        '# comment',
        'ignore-scripts=true',
        '@acme:registry=https://acme.example/npm/',
        `//acme.example/npm/:_authToken=${variable('ACME_TOKEN')}`,
        `//acme.example/npm/:_password=${variable('UNSET')}`,
      ].join('\r\n'),
    );
    expect(npmConfigFrom({ HOME: home.path, ACME_TOKEN: 's3cret==' }, home.path)).toEqual({
      '@acme:registry': 'https://acme.example/npm/',
      '//acme.example/npm/:_authToken': 's3cret==',
      '//acme.example/npm/:_password': variable('UNSET'),
    });
  });
});
