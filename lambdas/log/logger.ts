import { type DestinationStream, type Logger, pino } from 'pino';

/**
 * One JSON object per line on standard output. Of an error it keeps what a
 * reader needs to find the cause, not the fields that SDKs hang on it: requests
 * and responses hold signed URLs and bodies.
 */
export function createLogger(service: string, destination?: DestinationStream): Logger {
  const options = {
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function describeError(thrown: unknown): object {
  if (!(thrown instanceof Error)) {
    return { type: typeof thrown };
  }
  return {
    type: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    ...('code' in thrown && typeof thrown.code === 'string' ? { code: thrown.code } : {}),
    ...(thrown.cause === undefined ? {} : { cause: describeError(thrown.cause) }),
  };
}
