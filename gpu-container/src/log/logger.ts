import { pino } from 'pino';

/** Structured JSON on stdout. Never logs transcript text, signed URLs or secrets: pass ids and numbers only. */
export type Logger = ReturnType<typeof createLogger>;

/** @param bindings what every line has, such as whose work it tells of */
export function createLogger(bindings: Readonly<Record<string, string | number>>) {
  return pino({
    base: { service: 'worker', ...bindings },
    level: process.env['LOG_LEVEL'] ?? 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
}
