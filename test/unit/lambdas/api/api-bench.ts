import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { pino } from 'pino';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import {
  type ApiDependencies,
  type AwsClients,
  createDependencies,
} from '../../../../lambdas/api/dependencies.ts';
import { createApiHandler } from '../../../../lambdas/api/handler.ts';
import type { LoopbackAws } from '../../../environment/loopback-aws.ts';

export const ALICE = 'key-alice';
export const BOB = 'key-bob';

export const s3Job: JobRequestInput = {
  input: { s3: { bucket: 'media', key: 'talk.mp4' } },
  tasks: { transcription: {} },
};

export const webhook = { url: 'https://hooks.example.com/reelscribe' };

export type ApiCall = {
  method?: string;
  path?: string;
  /** Serialised as JSON unless it is a string. */
  body?: unknown;
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
  tenant?: string | undefined;
};

export type ApiAnswer = {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
  body: any;
};

/** A table, queues and buckets of their own, and API processes that share them. */
export async function setUpApi(aws: LoopbackAws) {
  const id = randomUUID().slice(0, 8);
  const [table, artifacts, jobQueue, webhookQueue] = await Promise.all([
    aws.createJobTable(`jobs-${id}`),
    aws.createBucket(`artifacts-${id}`),
    aws.createQueue(`jobs-${id}`),
    aws.createQueue(`webhooks-${id}`),
  ]);
  const terminated: unknown[] = [];
  const clients: AwsClients = {
    dynamo: aws.dynamo,
    sqs: aws.sqs,
    s3: aws.s3,
    secrets: aws.secrets,
    batch: { send: async ({ input }: { input: unknown }) => terminated.push(input) } as never,
  };
  const environment = {
    ALLOW_LOOPBACK_URLS: false,
    JOB_TABLE: table,
    JOB_QUEUE_URL: jobQueue,
    WEBHOOK_QUEUE_URL: webhookQueue,
    WEBHOOK_SECRETS_PREFIX: `reelscribe-${id}/webhooks`,
    ARTIFACTS_BUCKET: artifacts,
    ALLOWED_INPUT_BUCKETS: ['media'],
    ALLOWED_OUTPUT_BUCKETS: ['results'],
    RETENTION_DAYS: 30,
    MAX_UPLOAD_BYTES: 1_000_000,
  };

  /** One more process of the API: same store, its own memory. */
  function startProcess(
    options: {
      clients?: AwsClients;
      environment?: Partial<typeof environment>;
      overrides?: Partial<ApiDependencies>;
      logLines?: string[];
    } = {},
  ) {
    const { logLines } = options;
    const log =
      logLines === undefined
        ? pino({ level: 'silent' })
        : pino({}, { write: (line: string) => void logLines.push(line) });
    const deps = {
      ...createDependencies(
        { ...environment, ...options.environment },
        options.clients ?? clients,
        log,
      ),
      ...options.overrides,
    };
    const handler = createApiHandler(deps);
    return {
      deps,
      async call(call: ApiCall = {}): Promise<ApiAnswer> {
        const { statusCode, multiValueHeaders = {}, body } = await handler(proxyEvent(call));
        const headers = Object.fromEntries(
          Object.entries(multiValueHeaders).map(([name, values]) => [name, String(values[0])]),
        );
        return { status: statusCode, headers, body: body === '' ? undefined : JSON.parse(body) };
      },
    };
  }

  const api = startProcess();
  return {
    clients,
    environment,
    terminated,
    startProcess,
    call: api.call,
    store: api.deps.store,
    jobMessages: () => aws.drain(jobQueue),
    webhookMessages: () => aws.drain(webhookQueue),
    recordsOf: async (tenant: string): Promise<JobRecord[]> =>
      (await api.deps.store.list(tenant, { limit: 100 })).jobs,
  };
}

/** What API Gateway (REST, proxy integration) gives the function for a call. */
export function proxyEvent(call: ApiCall): APIGatewayProxyEvent {
  const { method = 'POST', path = '/v1/jobs', query = null } = call;
  const body =
    call.body === undefined || typeof call.body === 'string'
      ? (call.body ?? null)
      : JSON.stringify(call.body);
  const headers: Record<string, string> = {
    Host: 'api.example.com',
    'X-Forwarded-Proto': 'https',
    ...(body === null ? {} : { 'Content-Type': 'application/json' }),
    ...call.headers,
  };
  const list = (pairs: Record<string, string | string[]>) =>
    Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, [value].flat()]));
  const last = (pairs: Record<string, string | string[]>) =>
    Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, [value].flat().at(-1)]));
  return {
    resource: '/{proxy+}',
    httpMethod: method,
    path,
    headers,
    multiValueHeaders: list(headers),
    queryStringParameters: query === null ? null : last(query),
    multiValueQueryStringParameters: query === null ? null : list(query),
    pathParameters: null,
    stageVariables: null,
    body,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      domainName: 'api.example.com',
      path: `/prod${path}`,
      stage: 'prod',
      identity: { apiKeyId: 'tenant' in call ? (call.tenant ?? null) : ALICE },
    } as never,
  };
}
