import { describe, expect, it } from '@jest/globals';
import { createTokenCheck } from '../../../../gpu-container/src/serve/bearer-token.ts';

const TOKEN = 'correct-horse-battery-staple';

describe('the check of a bearer token', () => {
  const check = createTokenCheck(TOKEN);

  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `Bearer  ${TOKEN} `])('lets in "%s"', (header) => {
    expect(() => check(header)).not.toThrow();
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN} ${TOKEN}`,
  ])('refuses "%s" with 401 and the scheme it wants', (header) => {
    expect(() => check(header)).toThrow(
      expect.objectContaining({
        code: 'UNAUTHORIZED',
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="reelscribe"' },
      }),
    );
  });

  it('lets everybody in where there is no token', () => {
    expect(() => createTokenCheck(undefined)(undefined)).not.toThrow();
  });
});
