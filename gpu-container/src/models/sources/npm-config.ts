import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** npm settings by their flat names: `registry`, `@scope:registry`, `//host/:_authToken`… */
export type NpmConfig = Record<string, string>;

/** Which registry is asked, and who asks; everything else of npm's settings is npm's own. */
const REGISTRY_SETTING =
  /^(registry|@[^:]+:registry|\/\/.+:(_authToken|_auth|username|_password))$/;

function parseNpmrc(text: string, env: NodeJS.ProcessEnv): NpmConfig {
  const settings = text
    .split(/\r?\n/)
    .map((line) => /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, key, value]): [string, string] => [
      key as string,
      (value as string)
        .replace(/^(["'])(.*)\1$/, '$2')
        .replace(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole),
    ]);
  return Object.fromEntries(settings.filter(([key]) => REGISTRY_SETTING.test(key)));
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The registry settings that npm itself would use, weakest first: the user's
 * .npmrc, the working directory's, and npm_config_registry (which npm sets for
 * its scripts). Without any, the public registry is asked.
 */
export function npmConfigFrom(
  env: NodeJS.ProcessEnv,
  workingDir: string = process.cwd(),
): NpmConfig {
  const home = env['HOME'] ?? homedir();
  const userConfig = env['npm_config_userconfig'] ?? join(home, '.npmrc');
  const registry = env['npm_config_registry'] ?? env['NPM_CONFIG_REGISTRY'];
  return {
    ...parseNpmrc(readIfPresent(userConfig), env),
    ...parseNpmrc(readIfPresent(join(workingDir, '.npmrc')), env),
    ...(registry === undefined ? {} : { registry }),
  };
}
