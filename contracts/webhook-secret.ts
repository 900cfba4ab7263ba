import { z } from 'zod';

const SECRET_PREFIX = 'whsec_';

/** What Standard Webhooks 1.0 asks of a symmetric secret. */
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** How many random bytes a new secret has. */
export const WEBHOOK_KEY_BYTES = 32;

/** `whsec_` and the base64 of the key, as Standard Webhooks writes a secret. */
const signingSecretSchema = z.string().refine(isSigningSecret, {
  message: `must be ${SECRET_PREFIX} and the base64 of ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes`,
});

/** What a tenant's entry in Secrets Manager holds. While the previous secret is valid, events are signed with both. */
export const webhookSecretSchema = z.strictObject({
  current: signingSecretSchema,
  previous: signingSecretSchema.optional(),
  previousValidUntil: z.iso.datetime().optional(),
});

export type WebhookSecret = z.infer<typeof webhookSecretSchema>;

/**
 * The name of a tenant's secret. Secrets Manager takes few characters, and reads
 * a hyphen with six more as the end of an ARN, so all but letters, digits and
 * underscores become `=` and their bytes in hex: two tenants never share a name.
 */
export function webhookSecretName(prefix: string, tenant: string): string {
  const safe = [...new TextEncoder().encode(tenant)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /\w/.test(character)
        ? character
        : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  return `${prefix}/${safe}`;
}

/** A secret as Standard Webhooks writes it, of the given random bytes. */
export function formatSigningSecret(key: Buffer): string {
  return `${SECRET_PREFIX}${key.toString('base64')}`;
}

/** The key that a valid secret stands for: the inverse of `formatSigningSecret`. */
export function signingKey(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
}

function isSigningSecret(text: string): boolean {
  const key = signingKey(text);
  return (
    formatSigningSecret(key) === text && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES
  );
}
