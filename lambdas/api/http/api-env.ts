import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Logger } from 'pino';

/** What every request carries besides itself. */
export type ApiEnv = {
  Bindings: { event: APIGatewayProxyEvent };
  Variables: { tenant: string; log: Logger };
};
