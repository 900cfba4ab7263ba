/**
 * Times that only make sense together: the queues and functions are deployed
 * with them, and the code behind the queues counts on them.
 */

/** A dispatcher that has not answered by then is ended, so no claim older than this has a living owner. */
export const DISPATCH_TIMEOUT_SECONDS = 10;

/** Six times the function's timeout, as AWS advises for a queue that feeds a function. */
export const JOB_VISIBILITY_TIMEOUT_SECONDS = 60;

export const JOB_MAX_RECEIVE_COUNT = 5;

/**
 * A claim without a Batch job may be taken over from this age on: long after
 * its dispatcher has ended and ListJobs shows what it submitted, and early
 * enough for the third of five deliveries of the same message.
 */
export const CLAIM_STALE_AFTER_SECONDS = 90;

/**
 * A job message is sent again when nothing came of it for this long: later than
 * all deliveries of the first one, which end with the dead-letter queue.
 */
export const RESEND_AFTER_SECONDS = 600;

/** A job that AWS Batch did not take for so long, though sent again and again, has failed. */
export const HAND_OVER_LIMIT_SECONDS = 24 * 3_600;

/** The sweeper leaves alone what changed more recently: its writer is likely still at work on it. */
export const SWEEP_GRACE_SECONDS = 120;

/** One webhook request, from name resolution to the last byte of the answer. */
export const WEBHOOK_REQUEST_TIMEOUT_SECONDS = 15;

/**
 * Room for a request, its quick repetition and the writes around them. For as
 * long, an attempt keeps others from telling the same event.
 */
export const WEBHOOK_FUNCTION_TIMEOUT_SECONDS = 60;

export const WEBHOOK_VISIBILITY_TIMEOUT_SECONDS = 360;

/**
 * Well above the eleven attempts of the schedule, which are counted in the
 * record: what reaches the dead-letter queue failed on our side.
 */
export const WEBHOOK_MAX_RECEIVE_COUNT = 100;
