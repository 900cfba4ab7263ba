import type {
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  Context as LambdaContext,
} from 'aws-lambda';
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { apiEnvironmentSchema } from '#contracts/environment.ts';
import { createApp } from './app.ts';
import { type ApiDependencies, createAwsClients, createDependencies } from './dependencies.ts';

export type ApiHandler = (
  event: APIGatewayProxyEvent,
  context?: LambdaContext,
) => Promise<APIGatewayProxyResult>;

/** Answers API Gateway's REST proxy events (payload version 1.0). */
export function createApiHandler(deps: ApiDependencies): ApiHandler {
  const answer = handle(createApp(deps));
  // hono's own types of event and result differ in details that it does not use.
  return async (event) =>
    (await answer(withoutStrayBody(event) as unknown as LambdaEvent)) as APIGatewayProxyResult;
}

/** @throws {ZodError} naming each variable that is missing or wrong */
export function createHandler(environment: NodeJS.ProcessEnv): ApiHandler {
  return createApiHandler(
    createDependencies(apiEnvironmentSchema.parse(environment), createAwsClients()),
  );
}

let lambda: ApiHandler | undefined;

/** The Lambda function's entry point; set up on its first call. */
export const handler: ApiHandler = (event, context) => {
  lambda ??= createHandler(process.env);
  return lambda(event, context);
};

/** A GET with a body is legal HTTP, and a `Request` cannot be made of it. */
function withoutStrayBody(event: APIGatewayProxyEvent): APIGatewayProxyEvent {
  return ['GET', 'HEAD'].includes(event.httpMethod) ? { ...event, body: null } : event;
}
