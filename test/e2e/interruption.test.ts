import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JobView } from '#contracts/api.ts';
import { type Transcript, transcriptSchema } from '#contracts/transcript.ts';
import type { Progress, WebhookEvent } from '#contracts/webhook-events.ts';
import { wordsOf } from '../environment/word-errors.ts';
import { demoSpeech, type Pipeline, startPipeline } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

let pipeline: Pipeline;
let speech: Buffer;

beforeAll(async () => {
  pipeline = await startPipeline();
  // Long enough that something is left to do when the first part is done.
  speech = await demoSpeech(
    'jfk.wav',
    'sense-and-sensibility-0870.wav',
    'sense-and-sensibility-0920.wav',
    'jfk.wav',
    'sense-and-sensibility-0890.wav',
    'jfk.wav',
    'sense-and-sensibility-0930.wav',
    'jfk.wav',
  );
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

/** Posts a job that takes several batches. */
async function postSpeech(): Promise<string> {
  return pipeline.post(await pipeline.upload(speech), {
    tasks: { transcription: { model: 'tiny', batchSize: 2 } },
  });
}

/** Waits until a job has told that it has transcribed something, and returns its Batch job. */
async function untilTranscribing(jobId: string): Promise<string> {
  for await (const event of pipeline.receiver.eventsOf(jobId)) {
    if (
      event.type === 'job.progress' &&
      event.data.progress.stage === 'transcribe' &&
      event.data.progress.mediaSeconds > 0
    ) {
      break;
    }
  }
  const detail = pipeline.batchEvents.findLast(({ jobName }) => jobName === jobId);
  return detail?.jobId ?? '';
}

function progressOf(events: readonly WebhookEvent[], attempt: number): Progress[] {
  return events
    .flatMap((event) =>
      event.type === 'job.progress' && event.data.attempt === attempt ? [event.data.progress] : [],
    )
    .toSorted((one, other) => one.sequence - other.sequence);
}

describe('a worker', () => {
  it('whose machine is taken away goes on in the next attempt where it stopped', async () => {
    const jobId = await postSpeech();
    pipeline.stack.reclaimHost(await untilTranscribing(jobId));
    const { job, events } = await pipeline.end(jobId);

    expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    const attempts = events.flatMap((event) =>
      event.type === 'job.running' ? [event.data.attempt] : [],
    );
    expect(attempts.toSorted()).toEqual([1, 2]);
    const transcribing = progressOf(events, 2).find(({ stage }) => stage === 'transcribe');
    expect(transcribing?.mediaSeconds).toBeGreaterThan(0);
    const spoken = wordsOf(await pipeline.artifact(job, 'txt'));
    expect(spoken.filter((word) => word === 'americans')).toHaveLength(4);
  });

  it('whose machine dies loses no more than the batch at hand, and writes the same', async () => {
    const whole = await pipeline.end(await postSpeech());
    const jobId = await postSpeech();
    const batchJobId = await untilTranscribing(jobId);
    pipeline.stack.reclaimHost(batchJobId);
    process.kill(pipeline.stack.workerPid(batchJobId) ?? Number.NaN, 'SIGKILL');
    const { job, events } = await pipeline.end(jobId);

    expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    const transcribing = progressOf(events, 2).find(({ stage }) => stage === 'transcribe');
    expect(transcribing?.mediaSeconds).toBeGreaterThan(0);
    expect(await said(job)).toEqual(await said(whole.job));
  });

  it('that is killed without a word is reported as failed, with the event', async () => {
    const jobId = await postSpeech();
    const pid = pipeline.stack.workerPid(await untilTranscribing(jobId));
    process.kill(pid ?? Number.NaN, 'SIGKILL');
    const { job, events } = await pipeline.end(jobId);

    expect(job).toMatchObject({ status: 'FAILED', failure: { code: 'OUT_OF_MEMORY' } });
    expect(events.at(-1)).toMatchObject({ type: 'job.failed', data: { failure: job.failure } });
    const last = pipeline.batchEvents.findLast(({ jobName }) => jobName === jobId);
    expect(last).toMatchObject({ status: 'FAILED', container: { exitCode: 137 } });
  });

  it('stops when its job is canceled', async () => {
    const jobId = await postSpeech();
    const batchJobId = await untilTranscribing(jobId);
    const pid = pipeline.stack.workerPid(batchJobId) ?? Number.NaN;
    const response = await fetch(`${pipeline.stack.apiUrl}/v1/jobs/${jobId}/cancel`, {
      method: 'POST',
      headers: { 'x-api-key': pipeline.stack.apiKey },
    });
    expect(response.status).toBe(200);
    const { job, events } = await pipeline.end(jobId);
    expect(job.status).toBe('CANCELED');
    expect(events.at(-1)?.type).toBe('job.canceled');
    await untilGone(pid);
    expect(pipeline.stack.workerPid(batchJobId)).toBeUndefined();
  });
});

/** Every segment of a transcript, to the last digit of its scores. */
async function said(job: JobView): Promise<Transcript['segments']> {
  return transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json'))).segments;
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(50);
  }
}
