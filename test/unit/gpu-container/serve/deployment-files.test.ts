import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  readServiceEnvironment,
  serviceEnvironmentSchema,
} from '../../../../gpu-container/src/serve/service-environment.ts';

const compose = readFileSync('compose.yaml', 'utf8');
const example = readFileSync('.env.example', 'utf8');
const guide = readFileSync('docs/service.md', 'utf8');
const variables = Object.keys(serviceEnvironmentSchema.shape);

/** What an env file sets; what it only mentions in a comment is left out. */
function variablesOf(text: string): Record<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(lines);
}

describe('the files for a machine with a GPU', () => {
  it.each(variables)('explain %s', (name) => {
    expect(example).toMatch(new RegExp(`^(# )?${name}=`, 'm'));
    expect(guide).toContain(`| \`${name}\``);
  });

  it('have the defaults of the service, but for what only the machine knows', () => {
    const needed = { STORAGE_ROOT: '/media', SERVICE_TOKEN: 'x'.repeat(24) };
    const given = { ...variablesOf(example), ...needed };
    expect(readServiceEnvironment(given)).toEqual(readServiceEnvironment(needed));
  });

  it('ask for each variable that compose takes from the machine', () => {
    const taken = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '');
    expect(taken.length).toBeGreaterThan(0);
    expect(Object.keys(variablesOf(example))).toEqual(expect.arrayContaining(taken));
  });

  it('bind to loopback, drop what the service has no use for, and let it finish', () => {
    expect(compose).toMatch(/\$\{PUBLISH_ADDRESS:-127\.0\.0\.1\}:/);
    expect(compose).toMatch(/^ {4}read_only: true$/m);
    expect(compose).toMatch(/^ {4}cap_drop: \[ALL\]$/m);
    expect(compose).toContain('no-new-privileges:true');
    const grace = Number(/^STOP_GRACE_PERIOD=(\d+)s$/m.exec(example)?.[1]);
    expect(grace).toBeGreaterThan(Number(variablesOf(example)['DRAIN_SECONDS']));
  });

  it('hold no token', () => {
    expect(variablesOf(example)['SERVICE_TOKEN']).toBe('');
    expect(compose).not.toContain('SERVICE_TOKEN:');
  });
});
