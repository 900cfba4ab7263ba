import { pino } from 'pino';

/** Structured JSON on stdout. Never logs transcript text, signed URLs or secrets: pass ids and numbers only. */
export type Logger = ReturnType<typeof createLogger>;

export function createLogger(bindings: { jobId: string; attempt: number; batchJobId: string }) {
  return pino({
    base: { service: 'worker', ...bindings },
    level: process.env['LOG_LEVEL'] ?? 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
}
