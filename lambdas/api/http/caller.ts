import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ReelscribeError } from '#contracts/errors.ts';

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`: a role's sessions are one caller. */
const ASSUMED_ROLE = /^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/.+$/;

/**
 * Who calls, as API Gateway found out: the API key's id, or the IAM principal.
 * Nothing that the caller wrote into the request is looked at.
 *
 * @throws {ReelscribeError} FORBIDDEN where API Gateway vouches for neither.
 */
export function tenantOf(event: Pick<APIGatewayProxyEvent, 'requestContext'>): string {
  const { apiKeyId, userArn, caller } = event.requestContext.identity;
  const tenant = apiKeyId || userArn?.replace(ASSUMED_ROLE, '$1') || caller;
  if (!tenant) {
    throw new ReelscribeError('FORBIDDEN');
  }
  return tenant;
}
