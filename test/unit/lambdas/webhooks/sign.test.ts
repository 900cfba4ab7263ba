import { describe, expect, it } from '@jest/globals';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { formatSigningSecret } from '#contracts/webhook-secret.ts';
import { activeSecrets, signatureHeaders } from '../../../../lambdas/webhooks/sign.ts';

const current = formatSigningSecret(Buffer.alloc(32, 1));
const previous = formatSigningSecret(Buffer.alloc(24, 2));
const id = 'evt_01J9Z3X8M4T6V7W8Y9ABCDEFGH_completed';
const text = '{"type":"job.completed","data":{"name":"Größe – 日本語"}}';

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

function signed(secrets: string[], timestampSeconds = nowSeconds()): Record<string, string> {
  return signatureHeaders(secrets, { id, timestampSeconds, body: Buffer.from(text) });
}

describe('a signature', () => {
  it('is the one of the example in the specification of Standard Webhooks', () => {
    const headers = signatureHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is accepted by the public library', () => {
    expect(new Webhook(current).verify(text, signed([current]))).toEqual(JSON.parse(text));
  });

  it.each([
    ['new, then old', [current, previous]],
    ['old, then new', [previous, current]],
  ])('of a rotation is accepted with either secret (%s)', (_, secrets) => {
    const headers = signed(secrets);
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(() => new Webhook(current).verify(text, headers)).not.toThrow();
    expect(() => new Webhook(previous).verify(text, headers)).not.toThrow();
  });

  it.each<[string, (headers: Record<string, string>) => [string, Record<string, string>]]>([
    ['a body that was tampered with', (headers) => [text.replace('Größe', 'Große'), headers]],
    ['another id', (headers) => [text, { ...headers, 'webhook-id': `${id}x` }]],
    [
      'another time',
      (headers) => [text, { ...headers, 'webhook-timestamp': String(nowSeconds() + 1) }],
    ],
    ['an old time', () => [text, signed([current], nowSeconds() - 301)]],
    ['a time to come', () => [text, signed([current], nowSeconds() + 301)]],
    ['another secret', () => [text, signed([previous])]],
  ])('is refused with %s', (_, change) => {
    const [body, headers] = change(signed([current]));
    expect(() => new Webhook(current).verify(body, headers)).toThrow(WebhookVerificationError);
  });
});

describe('the secrets to sign with', () => {
  const now = new Date('2026-05-01T12:00:00Z');

  it('are both while the previous one is valid', () => {
    const secret = { current, previous, previousValidUntil: '2026-05-01T12:00:01Z' };
    expect(activeSecrets(secret, now)).toEqual([current, previous]);
  });

  it.each([
    ['its time is over', { current, previous, previousValidUntil: '2026-05-01T12:00:00Z' }],
    ['its end is not known', { current, previous }],
    ['there is none', { current }],
  ])('leave the previous one out where %s', (_, secret) => {
    expect(activeSecrets(secret, now)).toEqual([current]);
  });
});
