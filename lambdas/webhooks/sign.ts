import { createHmac } from 'node:crypto';
import { signingKey, type WebhookSecret } from '#contracts/webhook-secret.ts';

/** What is signed: the very bytes that are sent, and when. */
export type SignedContent = {
  id: string;
  /** Epoch seconds of this attempt. */
  timestampSeconds: number;
  body: Buffer;
};

/**
 * The three headers of Standard Webhooks 1.0, with one `v1` signature per
 * secret: HMAC-SHA256 over `id.timestamp.body`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(
  secrets: readonly string[],
  content: SignedContent,
): Record<string, string> {
  return {
    'webhook-id': content.id,
    'webhook-timestamp': String(content.timestampSeconds),
    'webhook-signature': secrets.map((secret) => `v1,${signature(secret, content)}`).join(' '),
  };
}

/** The current secret and, while a rotation lasts, the one before it. */
export function activeSecrets(secret: WebhookSecret, now: Date): string[] {
  const { current, previous, previousValidUntil } = secret;
  const rotating =
    previous !== undefined &&
    previousValidUntil !== undefined &&
    Date.parse(previousValidUntil) > now.getTime();
  return rotating ? [current, previous] : [current];
}

function signature(secret: string, { id, timestampSeconds, body }: SignedContent): string {
  return createHmac('sha256', signingKey(secret))
    .update(`${id}.${timestampSeconds}.`)
    .update(body)
    .digest('base64');
}
