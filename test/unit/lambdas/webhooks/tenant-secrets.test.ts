import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  formatSigningSecret,
  type WebhookSecret,
  webhookSecretName,
} from '#contracts/webhook-secret.ts';
import {
  createTenantSecrets,
  type TenantSecrets,
} from '../../../../lambdas/webhooks/tenant-secrets.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { createManualClock, type ManualClock } from '../../../environment/manual-clock.ts';

let aws: LoopbackAws;
let clock: ManualClock;
let requests: number;
let secrets: TenantSecrets;
let tenants = 0;

beforeAll(async () => {
  aws = await startLoopbackAws();
});
afterAll(() => aws[Symbol.asyncDispose]());
beforeEach(() => {
  clock = createManualClock();
  requests = 0;
  const counting = {
    send: (command: Parameters<SecretsManagerClient['send']>[0]) => {
      requests += 1;
      return aws.secrets.send(command);
    },
  } as SecretsManagerClient;
  secrets = createTenantSecrets(counting, 'hooks', clock.now);
});

function newSecret(): WebhookSecret {
  return { current: formatSigningSecret(randomBytes(32)) };
}

async function tenantWith(secret: object | string): Promise<string> {
  tenants += 1;
  const tenant = `arn:aws:iam::1:user/${tenants}`;
  await aws.secrets.send(
    new CreateSecretCommand({
      Name: webhookSecretName('hooks', tenant),
      SecretString: typeof secret === 'string' ? secret : JSON.stringify(secret),
    }),
  );
  return tenant;
}

describe("a tenant's secret", () => {
  it('is read once a minute, however many ask for it at once', async () => {
    const secret = newSecret();
    const tenant = await tenantWith(secret);

    const read = await Promise.all([secrets(tenant), secrets(tenant), secrets(tenant)]);
    clock.advance(59);
    await secrets(tenant);

    expect(read).toEqual([secret, secret, secret]);
    expect(requests).toBe(1);
  });

  it('is read again after a minute, so that a rotation is seen', async () => {
    const old = newSecret();
    const tenant = await tenantWith(old);
    await secrets(tenant);
    const rotated = {
      ...newSecret(),
      previous: old.current,
      previousValidUntil: '2030-01-01T00:00:00.000Z',
    };
    await aws.secrets.send(
      new PutSecretValueCommand({
        SecretId: webhookSecretName('hooks', tenant),
        SecretString: JSON.stringify(rotated),
      }),
    );

    clock.advance(60);

    expect(await secrets(tenant)).toEqual(rotated);
  });

  it('is not confused with that of another tenant', async () => {
    const [one, other] = [newSecret(), newSecret()];
    const [tenant, otherTenant] = [await tenantWith(one), await tenantWith(other)];
    expect(await secrets(tenant)).toEqual(one);
    expect(await secrets(otherTenant)).toEqual(other);
  });

  it('is asked for again after it could not be read', async () => {
    await expect(secrets('nobody')).rejects.toThrow();
    await expect(secrets('nobody')).rejects.toThrow();
    expect(requests).toBe(2);
  });

  it.each([
    ['too short', { current: formatSigningSecret(Buffer.alloc(23)) }],
    ['without its prefix', { current: Buffer.alloc(32).toString('base64') }],
  ])('is refused where it is %s', async (_, secret) => {
    const tenant = await tenantWith(secret);
    await expect(secrets(tenant)).rejects.toThrow();
  });

  it.each([
    ['is the bare secret', (text: string) => text],
    ['lacks its quotes', (text: string) => `{"current":${text}}`],
    ['is of another shape', (text: string) => JSON.stringify({ secret: text })],
    ['is not one', (text: string) => JSON.stringify({ current: text.slice(0, 12) })],
  ])('is not quoted by the error where the entry %s', async (_, write) => {
    const text = formatSigningSecret(Buffer.alloc(32, 0xa5));
    const tenant = await tenantWith(write(text));

    const error = await secrets(tenant).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(Error);
    expect(inspect(error)).not.toContain(text.slice(6, 10));
  });
});
