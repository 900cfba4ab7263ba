import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { startLoopbackServer } from './loopback-server.ts';

/** A status with headers, a connection that is closed without an answer, or one that stays silent. */
export type EndpointAnswer =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'close'
  | 'hang';

export type ReceivedRequest = { headers: IncomingHttpHeaders; body: string; path: string };

export type WebhookEndpoint = AsyncDisposable & {
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** How the next requests are answered, in order; after them, and without any, 204. */
  answerNext(...answers: EndpointAnswer[]): void;
  reset(): void;
};

/** A receiver of webhooks that takes note of everything and answers as it is told to. */
export async function startWebhookEndpoint(): Promise<WebhookEndpoint> {
  const received: ReceivedRequest[] = [];
  const answers: EndpointAnswer[] = [];

  const server = await startLoopbackServer(
    async (request: IncomingMessage, response: ServerResponse) => {
      const body = await buffer(request);
      received.push({
        headers: request.headers,
        body: body.toString('utf8'),
        path: request.url ?? '',
      });
      const answer = answers.shift() ?? { status: 204 };
      if (answer === 'close') {
        request.socket.destroy();
      } else if (answer !== 'hang') {
        response.writeHead(answer.status, answer.headers).end(answer.body);
      }
    },
  );
  return {
    url: `${server.origin}/hook`,
    received,
    answerNext: (...next) => answers.push(...next),
    reset: () => {
      received.length = 0;
      answers.length = 0;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
