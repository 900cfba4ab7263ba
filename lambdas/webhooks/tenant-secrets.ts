import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  type WebhookSecret,
  webhookSecretName,
  webhookSecretSchema,
} from '#contracts/webhook-secret.ts';

/** A rotation is seen after this long; both secrets are valid for longer. */
const CACHE_SECONDS = 60;

/** The signing secret of a tenant. */
export type TenantSecrets = (tenant: string) => Promise<WebhookSecret>;

/**
 * Reads tenants' secrets from Secrets Manager, and keeps each for a minute.
 * Calls at the same time share one request; a failed one is not remembered.
 */
export function createTenantSecrets(
  client: SecretsManagerClient,
  prefix: string,
  now: () => Date,
): TenantSecrets {
  const cache = new Map<string, { secret: Promise<WebhookSecret>; until: number }>();

  async function read(tenant: string): Promise<WebhookSecret> {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: webhookSecretName(prefix, tenant) }),
    );
    if (SecretString === undefined) {
      throw new Error('a webhook secret is binary');
    }
    return webhookSecretSchema.parse(parseEntry(SecretString));
  }

  return (tenant) => {
    const cached = cache.get(tenant);
    if (cached !== undefined && cached.until > now().getTime()) {
      return cached.secret;
    }
    const secret = read(tenant);
    cache.set(tenant, { secret, until: now().getTime() + CACHE_SECONDS * 1_000 });
    secret.catch(() => cache.delete(tenant));
    return secret;
  };
}

/** A parser's own error quotes the text, and what a function throws is logged. */
function parseEntry(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('a webhook secret is not a JSON object');
  }
}
