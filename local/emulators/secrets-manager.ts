import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import { localArn } from './account.ts';
import { AwsError, parseInput } from './aws-error.ts';
import { type LoopbackServer, serveOnLoopback } from './loopback.ts';

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** Secrets Manager takes 64 KiB per secret. */
const MAX_SECRET_LENGTH = 65_536;

type Version = { id: string; value: string; stages: Set<string>; createdAt: number };
type Secret = { name: string; arn: string; createdAt: number; versions: Version[] };

const secretId = z.string().min(1).max(2_048);
const secretString = z.string().min(1).max(MAX_SECRET_LENGTH);
const clientRequestToken = z.string().min(32).max(64).optional();

const inputs = {
  CreateSecret: z.object({
    Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
    SecretString: secretString,
    ClientRequestToken: clientRequestToken,
  }),
  PutSecretValue: z.object({
    SecretId: secretId,
    SecretString: secretString,
    ClientRequestToken: clientRequestToken,
  }),
  GetSecretValue: z.object({
    SecretId: secretId,
    VersionId: z.string().optional(),
    VersionStage: z.string().optional(),
  }),
  DescribeSecret: z.object({ SecretId: secretId }),
};

export type SecretsEmulator = LoopbackServer;

/** The part of Secrets Manager that holds and rotates string secrets, in memory. */
export function startSecretsManager(port = 0): Promise<SecretsEmulator> {
  const secrets = new Map<string, Secret>();

  const find = (id: string): Secret => {
    const secret = secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id);
    if (secret === undefined) {
      throw new AwsError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret.",
      );
    }
    return secret;
  };

  const operations: Record<string, (input: unknown) => unknown> = {
    CreateSecret: (input) => {
      const { Name, SecretString, ClientRequestToken } = parse('CreateSecret', input);
      if (secrets.has(Name)) {
        throw new AwsError(
          'ResourceExistsException',
          `The operation failed because the secret ${Name} already exists.`,
        );
      }
      const secret: Secret = {
        name: Name,
        arn: localArn('secretsmanager', `secret:${Name}-${randomUUID().slice(0, 6)}`),
        createdAt: nowSeconds(),
        versions: [],
      };
      secrets.set(Name, secret);
      const version = addVersion(secret, SecretString, ClientRequestToken);
      return { ARN: secret.arn, Name, VersionId: version.id };
    },
    PutSecretValue: (input) => {
      const { SecretId, SecretString, ClientRequestToken } = parse('PutSecretValue', input);
      const secret = find(SecretId);
      const version = addVersion(secret, SecretString, ClientRequestToken);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: [...version.stages],
      };
    },
    GetSecretValue: (input) => {
      const { SecretId, VersionId, VersionStage } = parse('GetSecretValue', input);
      const secret = find(SecretId);
      const stage = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
      const version = secret.versions.find(
        ({ id, stages }) =>
          (VersionId === undefined || id === VersionId) &&
          (stage === undefined || stages.has(stage)),
      );
      if (version === undefined) {
        throw new AwsError(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for ${stage === undefined ? 'VersionId' : `staging label: ${stage}`}`,
        );
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        SecretString: version.value,
        VersionStages: [...version.stages],
        CreatedDate: version.createdAt,
      };
    },
    DescribeSecret: (input) => {
      const secret = find(parse('DescribeSecret', input).SecretId);
      const staged = secret.versions.filter(({ stages }) => stages.size > 0);
      return {
        ARN: secret.arn,
        Name: secret.name,
        CreatedDate: secret.createdAt,
        LastChangedDate: secret.versions.at(-1)?.createdAt ?? secret.createdAt,
        VersionIdsToStages: Object.fromEntries(staged.map(({ id, stages }) => [id, [...stages]])),
      };
    },
  };

  const app = new Hono();
  app.post('/', async (context) => {
    const target = context.req.header('x-amz-target') ?? '';
    const operation = operations[target.replace(/^secretsmanager\./, '')];
    if (operation === undefined) {
      throw new AwsError('UnknownOperationException', `${target} is not emulated`);
    }
    return context.json(operation(await context.req.json()) as object, 200, AWS_JSON);
  });
  app.onError((error, context) => {
    const fault =
      error instanceof AwsError ? error : new AwsError('InternalServiceError', error.message, 500);
    return context.json({ __type: fault.code, Message: fault.message }, fault.status, AWS_JSON);
  });
  return serveOnLoopback(app, port);
}

const AWS_JSON = { 'content-type': 'application/x-amz-json-1.1' };

function parse<Name extends keyof typeof inputs>(
  name: Name,
  input: unknown,
): z.output<(typeof inputs)[Name]> {
  return parseInput(inputs[name], input, 'ValidationException') as z.output<(typeof inputs)[Name]>;
}

/** The new version becomes the current one, the one before it the previous one. */
function addVersion(secret: Secret, value: string, token: string = randomUUID()): Version {
  const existing = secret.versions.find(({ id }) => id === token);
  if (existing !== undefined) {
    if (existing.value !== value) {
      throw new AwsError(
        'ResourceExistsException',
        'A version with this ClientRequestToken and another value already exists.',
      );
    }
    return existing;
  }
  const outgoing = secret.versions.find(({ stages }) => stages.has(CURRENT));
  for (const { stages } of secret.versions) {
    stages.delete(CURRENT);
    stages.delete(PREVIOUS);
  }
  outgoing?.stages.add(PREVIOUS);
  const version = { id: token, value, stages: new Set([CURRENT]), createdAt: nowSeconds() };
  secret.versions.push(version);
  return version;
}

function nowSeconds(): number {
  return Date.now() / 1_000;
}
