import { BatchClient, type BatchClientConfig } from '@aws-sdk/client-batch';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CLIENT_DEFAULTS } from '#adapters/aws-clients.ts';

/** Clients of services that the worker never calls, and whose packages its image lacks. */
export function createBatchClient(overrides: BatchClientConfig = {}): BatchClient {
  return new BatchClient({ ...CLIENT_DEFAULTS, ...overrides });
}

export function createSecretsClient(): SecretsManagerClient {
  return new SecretsManagerClient(CLIENT_DEFAULTS);
}
