import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { JobView } from '#contracts/api.ts';
import type { ArtifactKind } from '#contracts/artifacts.ts';
import type { JobInput, JobRequestInput } from '#contracts/job-request.ts';
import type { WebhookEvent } from '#contracts/webhook-events.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { type ApiClient, createApiClient } from '../../local/api-client.ts';
import { joinClips, readWav, writeWav } from '../../local/demo/wav.ts';
import type { JobStateChangeEvent } from '../../local/emulators/batch/state-change-event.ts';
import {
  type LocalStack,
  type LocalStackOptions,
  startLocalStack,
} from '../../local/stack/local-stack.ts';
import { LOCAL_STATE_DIR } from '../../local/stack/template.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../local/webhook-receiver.ts';

const SAMPLE_RATE_HZ = 16_000;

/** The whole of it on loopback, and a receiver that its webhooks can reach. */
export type Pipeline = AsyncDisposable & {
  readonly stack: LocalStack;
  readonly api: ApiClient;
  readonly receiver: WebhookReceiver;
  /** Every state change of every Batch job, in order. */
  readonly batchEvents: readonly JobStateChangeEvent['detail'][];
  /** Puts bytes where jobs may read them. */
  upload(body: Uint8Array): Promise<JobInput>;
  /** POSTs a transcription by the smallest model. */
  post(input: JobInput, options?: Partial<JobRequestInput>): Promise<string>;
  /** Waits for the last webhook of a job. */
  end(jobId: string): Promise<{ job: JobView; events: WebhookEvent[] }>;
  /** Waits until the worker of a job has ended too, and tells its exit code. */
  exitCode(jobId: string): Promise<number | undefined>;
  /** An artifact, by its link. */
  bytes(job: JobView, kind: ArtifactKind): Promise<Uint8Array>;
  /** The text of an artifact, by its link. */
  artifact(job: JobView, kind: ArtifactKind): Promise<string>;
};

export async function startPipeline(options: LocalStackOptions = {}): Promise<Pipeline> {
  await using started = new AsyncDisposableStack();
  const batchEvents: JobStateChangeEvent['detail'][] = [];
  const stack = started.use(
    await startLocalStack({
      allowLoopbackUrls: true,
      logDir: join(LOCAL_STATE_DIR, 'test-logs', process.env['JEST_WORKER_ID'] ?? '1'),
      stopTimeoutMs: 5_000,
      progressIntervalSeconds: 0.2,
      onJobStateChange: ({ detail }) => batchEvents.push(detail),
      ...options,
    }),
  );
  const receiver = started.use(await startWebhookReceiver({ secret: stack.webhookSecret.value }));
  const api = createApiClient(stack);
  const running = started.move();
  return {
    stack,
    api,
    receiver,
    batchEvents,

    async upload(body) {
      const object = { bucket: stack.mediaBucket, key: randomUUID() };
      await stack.clients.s3.send(
        new PutObjectCommand({ Bucket: object.bucket, Key: object.key, Body: body }),
      );
      return { s3: object };
    },

    async post(input, request = {}) {
      const { jobId } = await api.createJob(
        {
          input,
          tasks: { transcription: { model: 'tiny' } },
          webhook: { url: receiver.url },
          ...request,
        },
        randomUUID(),
      );
      return jobId;
    },

    async end(jobId) {
      const events: WebhookEvent[] = [];
      for await (const event of receiver.eventsOf(jobId)) {
        events.push(event);
      }
      return { job: await api.getJob(jobId), events };
    },

    async exitCode(jobId) {
      for (;;) {
        const last = batchEvents.findLast(({ jobName }) => jobName === jobId);
        if (last?.status === 'SUCCEEDED' || last?.status === 'FAILED') {
          return last.container.exitCode;
        }
        await delay(20);
      }
    },

    async bytes(job, kind) {
      const response = await fetch(job.links?.[kind] ?? '');
      return await response.bytes();
    },

    async artifact(job, kind) {
      const response = await fetch(job.links?.[kind] ?? '');
      return await response.text();
    },

    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Clips of the demo's public-domain recordings, joined with half a second of silence between. */
export async function demoSpeech(...names: string[]): Promise<Buffer> {
  const recordings = await modelStoreFromEnvironment().pull('demo-speech');
  const clips = await Promise.all(
    names.map(async (name) => readWav(await readFile(recordings.file(name)))),
  );
  return writeWav(joinClips(clips, 0.5));
}

export function silence(seconds: number): Buffer {
  return writeWav({
    sampleRate: SAMPLE_RATE_HZ,
    samples: new Int16Array(seconds * SAMPLE_RATE_HZ),
  });
}
