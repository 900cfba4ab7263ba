/** Stages of the worker, in the order in which data flows. */
export const STAGES = [
  'fetch',
  'decode',
  'vad',
  'transcribe',
  'diarize',
  'embed',
  'render',
  'publish',
] as const;

export type Stage = (typeof STAGES)[number];
