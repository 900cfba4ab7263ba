import { describe, expect, it } from '@jest/globals';
import { readServiceEnvironment } from '../../../../gpu-container/src/serve/service-environment.ts';

const TOKEN = '0123456789abcdef01234567';
const LEAST = { STORAGE_ROOT: '/media', SERVICE_TOKEN: TOKEN };

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  const read = readServiceEnvironment(env);
  return 'problems' in read ? read.problems : [];
}

describe('the configuration of the service', () => {
  it('needs a storage root and a token, and has a default for everything else', () => {
    expect(readServiceEnvironment(LEAST)).toMatchObject({
      environment: {
        HOST: '127.0.0.1',
        PORT: 8_080,
        DEVICE: 'cpu',
        ALLOW_CPU_FALLBACK: false,
        VIDEO_MODEL: 'clip-vit-b32',
        TEXT_MODELS: ['all-minilm-l6-v2'],
        TRANSCRIPTION_MODEL: 'base',
        MAX_FRAMES: 64,
      },
    });
  });

  it('takes a variable that is set to nothing for one that is not set', () => {
    expect(problemsOf({ ...LEAST, PORT: '', VIDEO_MODEL: '' })).toEqual([]);
  });

  it('names everything that is wrong at once, a line each', () => {
    const problems = problemsOf({ PORT: '70000', VIDEO_MODEL: 'unheard-of', TEXT_MODELS: 'bert' });
    expect(problems.map((line) => line.split(/[ :]/)[0])).toEqual(
      expect.arrayContaining([
        'STORAGE_ROOT',
        'SERVICE_TOKEN',
        'PORT',
        'VIDEO_MODEL',
        'TEXT_MODELS',
      ]),
    );
    expect(problems.every((line) => !line.includes('\n'))).toBe(true);
  });

  it('refuses a token of fewer than 24 characters, or with spaces', () => {
    expect(problemsOf({ ...LEAST, SERVICE_TOKEN: TOKEN.slice(1) })).toHaveLength(1);
    expect(problemsOf({ ...LEAST, SERVICE_TOKEN: `${TOKEN} ${TOKEN}` })).toHaveLength(1);
  });

  it.each([
    ['127.0.0.1', '1', true],
    ['::1', '1', true],
    ['localhost', '1', true],
    ['127.0.0.1', '0', false],
    ['0.0.0.0', '1', false],
    ['::', '1', false],
    ['192.168.1.4', '1', false],
    ['127.0.0.1.example.com', '1', false],
  ])('without a token on %s with SERVICE_ALLOW_ANONYMOUS=%s starts: %s', (HOST, flag, starts) => {
    const env = { STORAGE_ROOT: '/media', HOST, SERVICE_ALLOW_ANONYMOUS: flag };
    expect('environment' in readServiceEnvironment(env)).toBe(starts);
  });

  it('runs without a model that is "none"', () => {
    expect(
      readServiceEnvironment({ ...LEAST, VIDEO_MODEL: 'none', TEXT_MODELS: 'none' }),
    ).toMatchObject({ environment: { VIDEO_MODEL: undefined, TEXT_MODELS: [] } });
  });
});
