import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ListJobsCommand } from '@aws-sdk/client-batch';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type JobList, jobAcceptedSchema, jobListSchema } from '#contracts/api.ts';
import type { JobInput } from '#contracts/job-request.ts';
import type { JobMessage } from '#contracts/queue-messages.ts';
import { type Pipeline, silence, startPipeline } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const POSTS = 50;
const DUPLICATES = 20;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ functionProcesses: { api: 2, dispatch: 2 } });
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

function post(input: JobInput, key: string): Promise<Response> {
  return fetch(`${pipeline.stack.apiUrl}/v1/jobs`, {
    method: 'POST',
    headers: {
      'x-api-key': pipeline.stack.apiKey,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({
      input,
      tasks: { transcription: { model: 'tiny' } },
      webhook: { url: pipeline.receiver.url },
    }),
  });
}

async function list(): Promise<JobList['jobs']> {
  const response = await fetch(`${pipeline.stack.apiUrl}/v1/jobs?limit=100`, {
    headers: { 'x-api-key': pipeline.stack.apiKey },
  });
  return jobListSchema.parse(await response.json()).jobs;
}

/** Jobs that Batch was given under this name: the dispatcher names each after the record. */
function batchJobsOf(jobId: string): Set<string> {
  return new Set(
    pipeline.batchEvents.filter(({ jobName }) => jobName === jobId).map((detail) => detail.jobId),
  );
}

async function artifactFolders(): Promise<Set<string>> {
  const { Contents = [] } = await pipeline.stack.clients.s3.send(
    new ListObjectsV2Command({ Bucket: pipeline.stack.artifactsBucket, Prefix: 'jobs/' }),
  );
  return new Set(Contents.map(({ Key = '' }) => Key.split('/')[1] ?? ''));
}

function jobQueueUrl(): string {
  const api = pipeline.stack.functions.find(({ name }) => name === 'api');
  return api?.environment['JOB_QUEUE_URL'] ?? '';
}

async function untilDrained(queueUrl: string): Promise<void> {
  for (;;) {
    const { Attributes = {} } = await pipeline.stack.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
    );
    const left =
      Number(Attributes['ApproximateNumberOfMessages']) +
      Number(Attributes['ApproximateNumberOfMessagesNotVisible']);
    if (left === 0) {
      return;
    }
    await delay(50);
  }
}

describe('one Idempotency-Key', () => {
  it(`POSTed ${POSTS} times at once to two processes makes one record, one Batch job and one set of artifacts`, async () => {
    const input = await pipeline.upload(silence(1));
    const key = randomUUID();
    const before = await list();

    const responses = await Promise.all(Array.from({ length: POSTS }, () => post(input, key)));
    // A twin that comes while the first is still at work is told so, and asks again.
    expect(responses.every(({ status }) => status === 202 || status === 409)).toBe(true);
    const accepted = await Promise.all(
      responses.map(async (response) => {
        let answer = response;
        while (answer.status === 409) {
          await delay(20);
          answer = await post(input, key);
        }
        return jobAcceptedSchema.parse(await answer.json()).jobId;
      }),
    );
    expect(new Set(accepted).size).toBe(1);
    const jobId = accepted[0] ?? '';

    const api = pipeline.stack.functions.find(({ name }) => name === 'api');
    expect(new Set(api?.pids()).size).toBe(2);

    await pipeline.end(jobId);
    await untilDrained(jobQueueUrl());
    expect(await list()).toHaveLength(before.length + 1);
    expect(batchJobsOf(jobId).size).toBe(1);
    expect(await artifactFolders()).toEqual(new Set([jobId]));
  });

  it('with another body is refused', async () => {
    const key = randomUUID();
    const [one, other] = [silence(1), silence(2)];
    expect((await post(await pipeline.upload(one), key)).status).toBe(202);
    const response = await post(await pipeline.upload(other), key);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('one job message', () => {
  it(`delivered ${DUPLICATES} times more makes one Batch job and tells each event once`, async () => {
    const response = await post(await pipeline.upload(silence(1)), randomUUID());
    const { jobId } = jobAcceptedSchema.parse(await response.json());
    const duplicate = JSON.stringify({ version: 1, jobId } satisfies JobMessage);
    await Promise.all(
      Array.from({ length: DUPLICATES }, () =>
        pipeline.stack.clients.sqs.send(
          new SendMessageCommand({ QueueUrl: jobQueueUrl(), MessageBody: duplicate }),
        ),
      ),
    );
    const { job, events } = await pipeline.end(jobId);
    await untilDrained(jobQueueUrl());

    expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
    expect(batchJobsOf(jobId).size).toBe(1);
    const { jobSummaryList } = await pipeline.stack.clients.batch.send(
      new ListJobsCommand({
        jobQueue: dispatchEnvironment('BATCH_JOB_QUEUE'),
        filters: [{ name: 'JOB_NAME', values: [jobId] }],
      }),
    );
    expect(jobSummaryList).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'job.running')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'job.completed')).toHaveLength(1);
  });
});

function dispatchEnvironment(variable: string): string {
  const dispatch = pipeline.stack.functions.find(({ name }) => name === 'dispatch');
  return dispatch?.environment[variable] ?? '';
}
