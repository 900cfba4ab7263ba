import { type Failure, ReelscribeError, toFailure } from '#contracts/errors.ts';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import type { EndedJob } from './batch-event.ts';

/** 128 + SIGKILL: how a container ends that the kernel took for its memory. */
const KILLED_EXIT_CODE = 137;

const SEND_AGAIN = { hint: 'Send the job again.' };

/**
 * Why a job ended without having written a final record. The words of AWS Batch
 * and ECS decide before the exit code: a container that was killed with its host
 * or for its time has the code of one that was killed for its memory.
 */
export function failureOf(job: EndedJob): Failure {
  return toFailure(errorOf(job));
}

function errorOf(job: EndedJob): ReelscribeError {
  if (job.status === 'SUCCEEDED') {
    return new ReelscribeError('WORKER_CRASHED');
  }
  const container = job.container ?? job.attempts.at(-1)?.container;
  const statusReason = job.statusReason ?? '';
  const containerReason = container?.reason ?? '';

  if (statusReason.startsWith('Host EC2')) {
    return new ReelscribeError(
      'INTERRUPTED',
      'The machine was taken away in every attempt',
      SEND_AGAIN,
    );
  }
  if (statusReason.includes('attempt duration exceeded timeout')) {
    return new ReelscribeError('ATTEMPT_TIMED_OUT');
  }
  if (/JobStateTimeLimit|^(CAPACITY|MISCONFIGURATION):/.test(statusReason)) {
    return new ReelscribeError('CAPACITY_UNAVAILABLE');
  }
  if ([containerReason, statusReason].some((reason) => reason.includes('CannotPull'))) {
    return new ReelscribeError('IMAGE_PULL_FAILED');
  }
  if (containerReason.includes('OutOfMemory') || container?.exitCode === KILLED_EXIT_CODE) {
    return new ReelscribeError('OUT_OF_MEMORY');
  }
  if (container?.exitCode === EXIT_CODES.TRANSIENT) {
    return new ReelscribeError(
      'INTERRUPTED',
      'Every attempt was interrupted, or lacked a service that it needs',
      SEND_AGAIN,
    );
  }
  return new ReelscribeError('WORKER_CRASHED');
}
