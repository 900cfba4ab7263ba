import type { S3Client } from '@aws-sdk/client-s3';
import type { EventOutbox } from '#adapters/event-outbox.ts';
import type { GuardedAgent } from '#adapters/guarded-agent.ts';
import type { JobStore } from '#adapters/job-store.ts';
import type { WorkerEnvironment } from '#contracts/environment.ts';
import type { MediaTools } from '../decode/ffmpeg-binary.ts';
import type { Logger } from '../log/logger.ts';
import type { ModelStore } from '../models/store.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';

/** Everything outside the process that a job touches. */
export type WorkerDependencies = {
  environment: WorkerEnvironment;
  store: JobStore;
  outbox: EventOutbox;
  s3: S3Client;
  /** Reaches public addresses only. */
  agent: GuardedAgent;
  models: ModelStore;
  /** Finds ffmpeg and ffprobe, fetching them where the machine has none. */
  findTools: () => Promise<MediaTools>;
  /**
   * Finds out what the models run on.
   *
   * @throws ReelscribeError GPU_UNAVAILABLE
   */
  findDevice: () => Promise<ComputeDevice>;
  log: Logger;
};
