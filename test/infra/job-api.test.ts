import { describe, expect, it } from '@jest/globals';
import { problemSchema } from '#contracts/api.ts';
import { ERRORS, type ErrorCode } from '#contracts/errors.ts';
import { type Stack, synthesize } from './template.ts';

/** API Gateway gives up then, and its caller is told of a time-out. */
const GATEWAY_TIMEOUT_SECONDS = 29;

const stack = synthesize();
const withIam = synthesize({ auth: 'iam' });
const stage = stack.get('AWS::ApiGateway::Stage', 'ApiRestApiDeploymentStagelive');

describe('the API', () => {
  it('throttles and counts what each key does', () => {
    const plan = stack.get('AWS::ApiGateway::UsagePlan', 'ApiRestApiUsagePlan');
    expect(plan['Throttle']).toEqual({ RateLimit: 20, BurstLimit: 40 });
    expect(plan['Quota']).toEqual({ Limit: 20_000, Period: 'DAY' });
    expect(plan['ApiStages']).toEqual([
      expect.objectContaining({ Stage: '<ApiRestApiDeploymentStagelive>' }),
    ]);
    expect(stack.ofType('AWS::ApiGateway::UsagePlanKey')).toHaveLength(1);
  });

  it('throttles all its callers together, the health check too', () => {
    expect(stage['MethodSettings']).toEqual([
      expect.objectContaining({
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: 20,
        ThrottlingBurstLimit: 40,
      }),
    ]);
  });

  it('has no key where IAM vouches for callers', () => {
    for (const type of ['ApiKey', 'UsagePlan', 'UsagePlanKey']) {
      expect(withIam.ofType(`AWS::ApiGateway::${type}`)).toEqual([]);
    }
    expect(withIam.outputs).not.toHaveProperty('ApiKeyId');
  });

  it('logs who called what, and no header, query or body', () => {
    const format: unknown = JSON.parse(stage['AccessLogSetting'].Format);
    expect(format).toMatchObject({
      requestId: '$context.requestId',
      apiKeyId: '$context.identity.apiKeyId',
      path: '$context.path',
      status: '$context.status',
    });
    expect(stage['AccessLogSetting'].Format).not.toMatch(/header|query|body|identity\.apiKey"/i);
    expect(stage['MethodSettings'][0]).toMatchObject({
      DataTraceEnabled: false,
      LoggingLevel: 'ERROR',
    });
  });

  it('answers before API Gateway gives up', () => {
    const { Timeout } = stack.get('AWS::Lambda::Function', 'ApiHandlerFunction');
    expect(Timeout).toBeLessThan(GATEWAY_TIMEOUT_SECONDS);
  });

  it('tells how to reach it, and no secret', () => {
    expect(stack.outputs).toMatchObject({
      EnqueueUrl: expect.stringMatching(/^https:\/\/<ApiRestApi>\.execute-api\..*\/v1\/jobs$/),
      ApiKeyId: '<ApiRestApiApiKey>',
      WebhookSecretsPrefix: 'Reelscribe/webhook-secrets',
      ArtifactsBucket: '<StoreArtifactsBucket>',
    });
    expect(stack.get('AWS::ApiGateway::ApiKey', 'ApiRestApiApiKey')['Value']).toBeUndefined();
  });
});

describe('what API Gateway answers by itself', () => {
  it.each([
    ['ACCESS_DENIED', 'FORBIDDEN'],
    ['INVALID_API_KEY', 'FORBIDDEN'],
    ['INVALID_SIGNATURE', 'FORBIDDEN'],
    ['EXPIRED_TOKEN', 'FORBIDDEN'],
    ['UNAUTHORIZED', 'FORBIDDEN'],
    ['WAF_FILTERED', 'FORBIDDEN'],
    ['RESOURCE_NOT_FOUND', 'ROUTE_NOT_FOUND'],
    ['MISSING_AUTHENTICATION_TOKEN', 'ROUTE_NOT_FOUND'],
    ['REQUEST_TOO_LARGE', 'PAYLOAD_TOO_LARGE'],
    ['UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE'],
    ['THROTTLED', 'RATE_LIMITED'],
    ['QUOTA_EXCEEDED', 'RATE_LIMITED'],
    ['INTEGRATION_TIMEOUT', 'GATEWAY_TIMEOUT'],
    ['DEFAULT_4XX', 'INVALID_REQUEST'],
    ['DEFAULT_5XX', 'INTERNAL'],
  ] as const)('to %s is a problem document with the code %s', (type, code) => {
    const { status, body, contentType } = gatewayResponse(stack, type);
    expect(status).toBe(ERRORS[code satisfies ErrorCode].status);
    expect(contentType).toBe(`'application/problem+json'`);
    expect(problemSchema.parse(body)).toMatchObject({
      code,
      status,
      requestId: '$context.requestId',
    });
  });

  it('to a request without a signature is FORBIDDEN where IAM is asked for', () => {
    const { body } = gatewayResponse(withIam, 'MISSING_AUTHENTICATION_TOKEN');
    expect(body).toMatchObject({ code: 'FORBIDDEN', status: 403 });
  });
});

function gatewayResponse({ ofType }: Stack, type: string) {
  const [response, ...others] = ofType('AWS::ApiGateway::GatewayResponse').filter(
    ({ properties }) => properties['ResponseType'] === type,
  );
  expect(others).toEqual([]);
  const { StatusCode, ResponseParameters, ResponseTemplates } = response?.properties ?? {};
  return {
    status: Number(StatusCode),
    contentType: ResponseParameters['gatewayresponse.header.Content-Type'],
    body: JSON.parse(ResponseTemplates['application/json']) as unknown,
  };
}
