import type { RequestListener } from 'node:http';
import { startLoopbackServer } from '../../../environment/loopback-server.ts';

export type RecordingServer = AsyncDisposable & {
  url: string;
  /** `METHOD path` of every request so far. */
  requests: string[];
};

/** An HTTP server on 127.0.0.1 that notes what it was asked. */
export async function serve(answer: RequestListener): Promise<RecordingServer> {
  const requests: string[] = [];
  const server = await startLoopbackServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  return {
    url: server.origin,
    requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
