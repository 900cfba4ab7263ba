import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type SecretsEmulator,
  startSecretsManager,
} from '../../../../local/emulators/secrets-manager.ts';

const NAME = 'reelscribe/webhooks/tenant';

let emulator: SecretsEmulator;
let client: SecretsManagerClient;

beforeEach(async () => {
  emulator = await startSecretsManager();
  client = new SecretsManagerClient({
    endpoint: emulator.origin,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  await client.send(new CreateSecretCommand({ Name: NAME, SecretString: 'first' }));
});

afterEach(async () => {
  client.destroy();
  await emulator[Symbol.asyncDispose]();
});

describe('the Secrets Manager emulator', () => {
  it('returns the current value by name and by ARN', async () => {
    const byName = await client.send(new GetSecretValueCommand({ SecretId: NAME }));
    expect(byName).toMatchObject({
      Name: NAME,
      SecretString: 'first',
      VersionStages: ['AWSCURRENT'],
    });
    const byArn = await client.send(new GetSecretValueCommand({ SecretId: byName.ARN }));
    expect(byArn.SecretString).toBe('first');
  });

  it('keeps the previous value under AWSPREVIOUS after a rotation, and no older one', async () => {
    await client.send(new PutSecretValueCommand({ SecretId: NAME, SecretString: 'second' }));
    await client.send(new PutSecretValueCommand({ SecretId: NAME, SecretString: 'third' }));
    const stage = async (VersionStage: string) =>
      (await client.send(new GetSecretValueCommand({ SecretId: NAME, VersionStage }))).SecretString;
    expect(await stage('AWSCURRENT')).toBe('third');
    expect(await stage('AWSPREVIOUS')).toBe('second');
    const { VersionIdsToStages = {} } = await client.send(
      new DescribeSecretCommand({ SecretId: NAME }),
    );
    expect(Object.values(VersionIdsToStages).toSorted()).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  });

  it('has no previous value before the first rotation', async () => {
    const get = new GetSecretValueCommand({ SecretId: NAME, VersionStage: 'AWSPREVIOUS' });
    await expect(client.send(get)).rejects.toThrow(ResourceNotFoundException);
  });

  it('answers what is not there, is there already or does not fit as the service does', async () => {
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toThrow(
      ResourceNotFoundException,
    );
    await expect(
      client.send(new CreateSecretCommand({ Name: NAME, SecretString: 'again' })),
    ).rejects.toThrow(ResourceExistsException);
    await expect(
      client.send(new CreateSecretCommand({ Name: 'no spaces', SecretString: 'x' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('says so where an operation is not emulated', async () => {
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});
