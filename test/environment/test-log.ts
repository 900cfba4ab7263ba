import { PassThrough } from 'node:stream';
import type { Logger } from 'pino';
import { createLogger } from '../../lambdas/log/logger.ts';

/** A logger whose lines can be looked at, instead of appearing among the test results. */
export function createTestLog(): { log: Logger; lines: () => Record<string, unknown>[] } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return {
    log: createLogger('test', stream),
    lines: () =>
      chunks
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  };
}
