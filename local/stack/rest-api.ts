import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Hono } from 'hono';
import { z } from 'zod';
import { type LoopbackServer, serveOnLoopback } from '../emulators/loopback.ts';
import { createProxyEvent } from './proxy-event.ts';

/** API Gateway takes no larger body. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A method of the API as the template has it. */
export type ApiMethod = {
  /** As in the template: `/v1/jobs/{id}`; a last part `{proxy+}` stands for any rest. */
  resource: string;
  /** `ANY` for all. */
  httpMethod: string;
  apiKeyRequired: boolean;
  invoke: (event: APIGatewayProxyEvent) => Promise<unknown>;
};

/** Body of an answer that API Gateway gives itself, with `$context` variables; by response type. */
export type GatewayResponses = Readonly<
  Record<
    string,
    {
      status: number | undefined;
      headers: Readonly<Record<string, string>>;
      templates: Readonly<Record<string, string>>;
    }
  >
>;

export type RestApiOptions = {
  stage: string;
  methods: readonly ApiMethod[];
  gatewayResponses: GatewayResponses;
  /** API key id by key. */
  apiKeys: ReadonlyMap<string, string>;
  port?: number | undefined;
  onError: (error: unknown) => void;
};

const resultSchema = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  multiValueHeaders: z.record(z.string(), z.array(z.string())).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
}) satisfies z.ZodType<APIGatewayProxyResult>;

/** What API Gateway says where it answers itself: response type, status, message. */
const REFUSALS = {
  INVALID_API_KEY: [403, 'Forbidden'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  INTEGRATION_FAILURE: [502, 'Internal server error'],
} as const;

/** The REST API on loopback: checks keys as the template asks and calls the functions it names. */
export function startRestApi(options: RestApiOptions): Promise<LoopbackServer> {
  const app = new Hono();

  app.all(`/${options.stage}/*`, async (context) => {
    const requestId = randomUUID();
    const path = context.req.path.slice(options.stage.length + 1);
    const match = findMethod(options.methods, context.req.method, path);
    if (match === undefined) {
      return refuse(options, 'MISSING_AUTHENTICATION_TOKEN', requestId);
    }
    const apiKey = context.req.header('x-api-key');
    const apiKeyId = apiKey === undefined ? undefined : options.apiKeys.get(apiKey);
    if (match.method.apiKeyRequired && apiKeyId === undefined) {
      return refuse(options, 'INVALID_API_KEY', requestId);
    }
    const body = Buffer.from(await context.req.arrayBuffer());
    if (body.byteLength > MAX_BODY_BYTES) {
      return refuse(options, 'REQUEST_TOO_LARGE', requestId);
    }
    try {
      const event = createProxyEvent({
        request: context.req.raw,
        body,
        requestId,
        stage: options.stage,
        path,
        resource: match.method.resource,
        pathParameters: match.parameters,
        apiKey:
          apiKeyId === undefined || apiKey === undefined
            ? undefined
            : { id: apiKeyId, value: apiKey },
      });
      return toResponse(resultSchema.parse(await match.method.invoke(event)));
    } catch (error) {
      options.onError(error);
      return refuse(options, 'INTEGRATION_FAILURE', requestId);
    }
  });
  app.notFound(() => refuse(options, 'MISSING_AUTHENTICATION_TOKEN', randomUUID()));

  return serveOnLoopback(app, options.port);
}

function toResponse(result: z.output<typeof resultSchema>): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(result.headers)) {
    headers.set(name, String(value));
  }
  for (const [name, values] of Object.entries(result.multiValueHeaders)) {
    headers.delete(name);
    for (const value of values) {
      headers.append(name, value);
    }
  }
  const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8');
  return new Response(body.byteLength === 0 ? null : body, { status: result.statusCode, headers });
}

function refuse(
  { gatewayResponses }: RestApiOptions,
  type: keyof typeof REFUSALS,
  requestId: string,
): Response {
  const [defaultStatus, message] = REFUSALS[type];
  const response =
    gatewayResponses[type] ?? gatewayResponses[defaultStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'];
  const [contentType, template] = Object.entries(response?.templates ?? {})[0] ?? [
    'application/json',
    '{"message":$context.error.messageString}',
  ];
  const body = template
    .replaceAll('$context.error.messageString', JSON.stringify(message))
    .replaceAll('$context.error.message', message)
    .replaceAll('$context.error.responseType', type)
    .replaceAll('$context.requestId', requestId);
  return new Response(body, {
    status: response?.status ?? defaultStatus,
    headers: { 'content-type': contentType, ...response?.headers },
  });
}

/** The most specific resource wins: a literal part before a parameter, that before `{proxy+}`. */
function findMethod(
  methods: readonly ApiMethod[],
  httpMethod: string,
  path: string,
): { method: ApiMethod; parameters: Record<string, string> } | undefined {
  const matches = methods
    .filter((method) => method.httpMethod === httpMethod || method.httpMethod === 'ANY')
    .flatMap((method) => {
      const parameters = matchPath(method.resource, path);
      return parameters === undefined ? [] : [{ method, parameters }];
    });
  return matches.toSorted((one, other) => vagueness(one.method) - vagueness(other.method))[0];
}

/** @returns The path parameters, or undefined where the path is not one of the resource. */
export function matchPath(resource: string, path: string): Record<string, string> | undefined {
  const wanted = resource.split('/').slice(1);
  const given = path.replace(/\/$/, '').split('/').slice(1);
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
    const value = given[index];
    if (value === undefined || value === '') {
      return undefined;
    }
    if (name === undefined) {
      if (part !== value) {
        return undefined;
      }
    } else if (greedy === '+') {
      return { ...parameters, [name]: given.slice(index).join('/') };
    } else {
      parameters[name] = decodeURIComponent(value);
    }
  }
  return wanted.length === given.length ? parameters : undefined;
}

function vagueness({ resource, httpMethod }: ApiMethod): number {
  const greedy = resource.endsWith('+}') ? 1_000 : 0;
  return greedy + 10 * (resource.match(/\{/g)?.length ?? 0) + (httpMethod === 'ANY' ? 1 : 0);
}
