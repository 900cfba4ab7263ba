import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ERRORS, type ErrorCode } from '#contracts/errors.ts';
import { PROBLEM_CONTENT_TYPE, problemOf } from '#contracts/problem.ts';
import type { Deployment } from './deployment.ts';

/**
 * What API Gateway says by itself, in the words of the API: a problem document
 * with one of our codes, whoever of the two refused the request.
 */
export function addGatewayResponses(api: RestApi, auth: Deployment['auth']): void {
  const codes: [ResponseType, ErrorCode][] = [
    [ResponseType.ACCESS_DENIED, 'FORBIDDEN'],
    [ResponseType.EXPIRED_TOKEN, 'FORBIDDEN'],
    [ResponseType.INVALID_API_KEY, 'FORBIDDEN'],
    [ResponseType.INVALID_SIGNATURE, 'FORBIDDEN'],
    [ResponseType.UNAUTHORIZED, 'FORBIDDEN'],
    [ResponseType.WAF_FILTERED, 'FORBIDDEN'],
    // What API Gateway calls a missing token is any path or method that it does
    // not know, and with IAM also a request without a signature.
    [ResponseType.MISSING_AUTHENTICATION_TOKEN, auth === 'iam' ? 'FORBIDDEN' : 'ROUTE_NOT_FOUND'],
    [ResponseType.RESOURCE_NOT_FOUND, 'ROUTE_NOT_FOUND'],
    [ResponseType.REQUEST_TOO_LARGE, 'PAYLOAD_TOO_LARGE'],
    [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'UNSUPPORTED_MEDIA_TYPE'],
    [ResponseType.QUOTA_EXCEEDED, 'RATE_LIMITED'],
    [ResponseType.THROTTLED, 'RATE_LIMITED'],
    [ResponseType.INTEGRATION_TIMEOUT, 'GATEWAY_TIMEOUT'],
    [ResponseType.DEFAULT_4XX, 'INVALID_REQUEST'],
    [ResponseType.DEFAULT_5XX, 'INTERNAL'],
  ];
  for (const [type, code] of codes) {
    api.addGatewayResponse(`Response${type.responseType}`, {
      type,
      statusCode: String(ERRORS[code].status),
      responseHeaders: { 'Content-Type': `'${PROBLEM_CONTENT_TYPE}'` },
      templates: {
        'application/json': JSON.stringify(problemOf(code, { requestId: '$context.requestId' })),
      },
    });
  }
}
