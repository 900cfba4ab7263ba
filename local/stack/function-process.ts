import { pathToFileURL } from 'node:url';
import type { Handler } from 'aws-lambda';
import type { Invocation, InvocationResult } from './functions.ts';

/**
 * One Lambda function in a process of its own, as AWS runs it: the environment
 * is the function's and nothing else's. It ends when its parent goes away.
 */
const [entry = '', functionName = ''] = process.argv.slice(2);
const { createHandler } = (await import(pathToFileURL(entry).href)) as {
  createHandler: (environment: NodeJS.ProcessEnv) => Handler;
};
const handler = createHandler(process.env);

process.on('message', (invocation: Invocation) => {
  void invoke(invocation).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of the terminal; the parent decides when this one ends.
process.on('SIGINT', () => undefined);
process.send?.('ready');

async function invoke({ id, event, deadline }: Invocation): Promise<InvocationResult> {
  try {
    const value: unknown = await handler(
      event,
      {
        awsRequestId: id,
        functionName,
        functionVersion: '$LATEST',
        invokedFunctionArn: functionName,
        memoryLimitInMB: '128',
        logGroupName: functionName,
        logStreamName: 'local',
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
        done: () => undefined,
        fail: () => undefined,
        succeed: () => undefined,
      },
      () => undefined,
    );
    return { id, value };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
