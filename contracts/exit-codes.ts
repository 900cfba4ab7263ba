/**
 * How the worker ends, in the numbers of sysexits.h. The job definition retries
 * on `TRANSIENT` alone; everything else has written its own final record.
 */
export const EXIT_CODES = {
  SUCCEEDED: 0,
  /** The job failed for good, and its record and event say why. */
  FAILED: 65,
  /** A defect of ours, or an environment in which no job can run. */
  BROKEN: 70,
  /** The next attempt may succeed: machine taken away, service not reachable. */
  TRANSIENT: 75,
} as const;

/** Attempts that Batch makes in all. */
export const MAX_ATTEMPTS = 3;
