import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../emulators/account.ts';
import type { Endpoints } from './host-environment.ts';

/** The real SDK clients, pointed at the emulators. */
export type LocalClients = ReturnType<typeof createLocalClients>;

export function createLocalClients(endpoints: Endpoints) {
  const common = { region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  const clients = {
    s3: new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true }),
    sqs: new SQSClient({ ...common, endpoint: endpoints.sqs }),
    dynamo: new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb }),
    secrets: new SecretsManagerClient({ ...common, endpoint: endpoints.secretsManager }),
    batch: new BatchClient({ ...common, endpoint: endpoints.batch }),
  };
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) {
        client.destroy();
      }
    },
  };
}
