import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
  formatSigningSecret,
  WEBHOOK_KEY_BYTES,
  webhookSecretName,
  webhookSecretSchema,
} from '#contracts/webhook-secret.ts';

const secretOf = (bytes: number) => formatSigningSecret(Buffer.alloc(bytes, 0xfb));

describe('a signing secret', () => {
  it.each([24, WEBHOOK_KEY_BYTES, 64])('may have %i bytes', (bytes) => {
    const secret = { current: secretOf(bytes) };
    expect(webhookSecretSchema.parse(secret)).toEqual(secret);
  });

  it.each([
    ['23 bytes', secretOf(23)],
    ['65 bytes', secretOf(65)],
    ['no prefix', secretOf(32).replace('whsec_', '')],
    ['the alphabet of URLs', secretOf(32).replaceAll('+', '-')],
    ['no padding', secretOf(32).replaceAll('=', '')],
    ['a line break', `${secretOf(32)}\n`],
    ['nothing in it', 'whsec_'],
  ])('may not have %s', (_what, current) => {
    expect(webhookSecretSchema.safeParse({ current }).success).toBe(false);
  });

  it('stays valid for a while after it was replaced', () => {
    const rotated = {
      current: secretOf(32),
      previous: secretOf(24),
      previousValidUntil: '2025-01-15T09:30:00.000Z',
    };
    expect(webhookSecretSchema.parse(rotated)).toEqual(rotated);
    expect(webhookSecretSchema.safeParse({ ...rotated, older: secretOf(32) }).success).toBe(false);
  });

  it('is read by the public library as the key that it holds', () => {
    const now = new Date();
    const key = Buffer.alloc(WEBHOOK_KEY_BYTES, 7);
    const signature = new Webhook(formatSigningSecret(key)).sign('evt_1', now, '{}');
    expect(signature).toBe(new Webhook(key, { format: 'raw' }).sign('evt_1', now, '{}'));
  });
});

describe('the name of a secret', () => {
  it("is the prefix and the caller's API key", () => {
    expect(webhookSecretName('reelscribe/webhooks', 'a1b2c3d4e5')).toBe(
      'reelscribe/webhooks/a1b2c3d4e5',
    );
  });

  it.each(['arn:aws:iam::123456789012:user/ann', 'key-abcdef', 'a=3Ab', 'Zoë', 'a b'])(
    'has only what Secrets Manager takes, for %s',
    (tenant) => {
      // A hyphen and six characters at the end would be taken for an ARN's suffix.
      expect(webhookSecretName('p', tenant)).toMatch(/^p\/[A-Za-z0-9_=]+$/);
    },
  );

  it('is never shared by two callers', () => {
    const tenants = ['a:b', 'a=3Ab', 'a=3ab', 'a/b', 'a_b', 'a b', 'a%3Ab', 'ä', '=C3=A4', ''];
    const names = tenants.map((tenant) => webhookSecretName('p', tenant));
    expect(new Set(names).size).toBe(tenants.length);
  });
});
