/** The six events of a job's life, in the order in which they can come. */
export const EVENT_TYPES = [
  'job.queued',
  'job.running',
  'job.progress',
  'job.completed',
  'job.failed',
  'job.canceled',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
