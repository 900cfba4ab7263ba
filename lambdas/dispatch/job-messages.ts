import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { jobMessageSchema } from '#contracts/queue-messages.ts';
import { handleEachMessage } from '../queue/partial-batch.ts';
import { type DispatchDependencies, dispatchJob } from './dispatch-job.ts';

/** A message that is not ours throws before anything is done, and so goes to the dead-letter queue. */
export function handleJobMessages(
  deps: DispatchDependencies,
  event: SQSEvent,
): Promise<SQSBatchResponse> {
  return handleEachMessage(
    event,
    ({ body }) => dispatchJob(deps, jobMessageSchema.parse(JSON.parse(body)).jobId),
    deps.log,
  );
}
