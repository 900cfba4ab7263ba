import type { APIGatewayProxyEvent } from 'aws-lambda';
import { LOCAL_ACCOUNT } from '../emulators/account.ts';

export type ProxyRequest = {
  request: Request;
  body: Buffer;
  requestId: string;
  stage: string;
  /** Without the stage. */
  path: string;
  resource: string;
  pathParameters: Record<string, string>;
  apiKey: { id: string; value: string } | undefined;
};

/**
 * An HTTP request as API Gateway hands it to a function (REST, payload 1.0):
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function createProxyEvent(input: ProxyRequest): APIGatewayProxyEvent {
  const { request, body, path, resource } = input;
  const url = new URL(request.url);
  const now = new Date();
  const headers = groupByName([
    ...request.headers.entries(),
    // The last hop is http here; API Gateway's own is always https.
    ['x-forwarded-proto', url.protocol.replace(':', '')],
    ['x-forwarded-port', url.port],
  ]);
  const query = groupByName(url.searchParams.entries());
  return {
    resource,
    path,
    httpMethod: request.method,
    headers: lastOfEach(headers),
    multiValueHeaders: headers,
    queryStringParameters: nullIfEmpty(lastOfEach(query)),
    multiValueQueryStringParameters: nullIfEmpty(query),
    pathParameters: nullIfEmpty(input.pathParameters),
    stageVariables: null,
    body: body.byteLength === 0 ? null : body.toString('utf8'),
    isBase64Encoded: false,
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: 'local',
      authorizer: null,
      domainName: url.host,
      domainPrefix: 'local',
      extendedRequestId: input.requestId,
      httpMethod: request.method,
      path: `/${input.stage}${path}`,
      protocol: 'HTTP/1.1',
      requestId: input.requestId,
      requestTime: now.toISOString(),
      requestTimeEpoch: now.getTime(),
      resourceId: resource,
      resourcePath: resource,
      stage: input.stage,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: input.apiKey?.value ?? null,
        apiKeyId: input.apiKey?.id ?? null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '127.0.0.1',
        user: null,
        userAgent: request.headers.get('user-agent'),
        userArn: null,
      },
    },
  };
}

function groupByName(pairs: Iterable<[string, string]>): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    groups[name] = [...(groups[name] ?? []), value];
  }
  return groups;
}

function lastOfEach(groups: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, values]) => [name, values.at(-1) ?? '']),
  );
}

function nullIfEmpty<Values extends object>(values: Values): Values | null {
  return Object.keys(values).length === 0 ? null : values;
}
