import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { BatchClient, type BatchClientConfig } from '@aws-sdk/client-batch';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../local/emulators/account.ts';
import { startLoopbackServer } from './loopback-server.ts';

/** How the service can fail a SubmitJob: with the job made (`lost-answer`) or not. */
export type SubmitFault = 'throttled' | 'refused' | 'server-error' | 'lost-answer';

const REFUSALS: Partial<Record<SubmitFault, { status: number; type: string }>> = {
  throttled: { status: 429, type: 'TooManyRequestsException' },
  refused: { status: 400, type: 'ClientException' },
  'server-error': { status: 500, type: 'ServerException' },
};

export type SubmittedJob = {
  jobId: string;
  jobName: string;
  status: 'RUNNABLE' | 'FAILED';
  createdAt: number;
  request: Record<string, unknown>;
};

export type BatchService = AsyncDisposable & {
  readonly jobs: SubmittedJob[];
  /** Requests for SubmitJob, answered well or not. */
  submitRequests(): number;
  live(jobName: string): SubmittedJob[];
  /** What happens to the next SubmitJob requests, in order; then all goes well again. */
  failNext(...faults: SubmitFault[]): void;
  client(overrides?: BatchClientConfig): BatchClient;
};

/** As much of AWS Batch as takes, lists and ends jobs; nothing runs. */
export async function startBatchService(): Promise<BatchService> {
  const jobs: SubmittedJob[] = [];
  const faults: SubmitFault[] = [];
  let submitRequests = 0;

  function submit(request: Record<string, unknown>, response: ServerResponse): void {
    submitRequests += 1;
    const fault = faults.shift();
    const refusal = fault === undefined ? undefined : REFUSALS[fault];
    if (refusal !== undefined) {
      answerError(response, refusal.status, refusal.type);
      return;
    }
    const jobName = String(request['jobName']);
    const job: SubmittedJob = {
      jobId: randomUUID(),
      jobName,
      status: 'RUNNABLE',
      createdAt: Date.now(),
      request,
    };
    jobs.push(job);
    if (fault === 'lost-answer') {
      response.destroy();
      return;
    }
    answer(response, 200, { jobId: job.jobId, jobName });
  }

  const operations: Record<
    string,
    (request: Record<string, unknown>, response: ServerResponse) => void
  > = {
    '/v1/submitjob': submit,
    '/v1/listjobs': (request, response) => {
      const [filter] = request['filters'] as [{ name: string; values: string[] }];
      const jobSummaryList = jobs
        .filter(({ jobName }) => filter.name === 'JOB_NAME' && filter.values.includes(jobName))
        .map(({ request: _, ...summary }) => summary);
      answer(response, 200, { jobSummaryList });
    },
    '/v1/terminatejob': (request, response) => {
      const job = jobs.find(({ jobId }) => jobId === request['jobId']);
      if (job !== undefined) {
        job.status = 'FAILED';
      }
      answer(response, 200, {});
    },
  };

  const server = await startLoopbackServer(
    async (request: IncomingMessage, response: ServerResponse) => {
      operations[request.url ?? '']?.((await json(request)) as Record<string, unknown>, response);
    },
  );
  return {
    jobs,
    submitRequests: () => submitRequests,
    live: (name) => jobs.filter(({ jobName, status }) => jobName === name && status !== 'FAILED'),
    failNext: (...next) => faults.push(...next),
    client: (overrides = {}) =>
      new BatchClient({
        endpoint: server.origin,
        region: LOCAL_REGION,
        credentials: LOCAL_CREDENTIALS,
        maxAttempts: 1,
        ...overrides,
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function answerError(response: ServerResponse, status: number, type: string): void {
  response.setHeader('x-amzn-errortype', type);
  answer(response, status, { message: type });
}
