import { randomBytes } from 'node:crypto';
import {
  CreateSecretCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  formatSigningSecret,
  WEBHOOK_KEY_BYTES,
  type WebhookSecret,
  webhookSecretName,
} from '#contracts/webhook-secret.ts';

/** Sees to it that a tenant's signing secret exists before the first event needs it. */
export type WebhookSecrets = ReturnType<typeof createWebhookSecrets>;

export function createWebhookSecrets(client: SecretsManagerClient, prefix: string) {
  const known = new Map<string, Promise<void>>();

  async function create(tenant: string): Promise<void> {
    const secret: WebhookSecret = { current: formatSigningSecret(randomBytes(WEBHOOK_KEY_BYTES)) };
    try {
      await client.send(
        new CreateSecretCommand({
          Name: webhookSecretName(prefix, tenant),
          Description: 'Signs the webhooks of one caller of the job API.',
          SecretString: JSON.stringify(secret),
        }),
      );
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) {
        throw error;
      }
    }
  }

  return {
    /** Creates the secret unless it is there; asks Secrets Manager once per tenant and process. */
    async ensure(tenant: string): Promise<void> {
      const asked = known.get(tenant) ?? create(tenant);
      known.set(tenant, asked);
      try {
        await asked;
      } catch (error) {
        known.delete(tenant);
        throw error;
      }
    },
  };
}
