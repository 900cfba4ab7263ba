import { readFileSync } from 'node:fs';
import { createDynamoClient, createQueueClient, createS3Client } from '#adapters/aws-clients.ts';
import { createEventOutbox } from '#adapters/event-outbox.ts';
import { createGuardedAgent } from '#adapters/guarded-agent.ts';
import { createJobStore } from '#adapters/job-store.ts';
import { workerEnvironmentSchema } from '#contracts/environment.ts';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import { jobIdSchema } from '#contracts/identifiers.ts';
import { findFfmpeg } from './decode/ffmpeg-binary.ts';
import { interruption } from './job/interruption.ts';
import { runJob } from './job/run-job.ts';
import { createLogger } from './log/logger.ts';
import { modelStoreFromEnvironment } from './models/store.ts';
import { resolveDevice } from './onnx/provider/resolve-device.ts';

/** For what closes by itself when the work is done. */
const LINGER_SECONDS = 5;

const USAGE = 'usage: main.ts run <jobId> | serve | --version\n';

/** The worker's command line: one process runs one attempt of one job, or serves until it is stopped. */
async function main(args: readonly string[]): Promise<number> {
  if (args[0] === '--version') {
    process.stdout.write(`${version()}\n`);
    return EXIT_CODES.SUCCEEDED;
  }
  if (args[0] === 'serve') {
    // A job has no use for a server, and starts the sooner without.
    const { startService } = await import('./serve/start.ts');
    return await startService(process);
  }
  const jobId = jobIdSchema.safeParse(args[1]);
  if (args[0] !== 'run' || !jobId.success) {
    process.stderr.write(USAGE);
    return EXIT_CODES.BROKEN;
  }
  return runAttempt(jobId.data);
}

async function runAttempt(jobId: string): Promise<number> {
  const environment = workerEnvironmentSchema.parse(process.env);
  const log = createLogger({
    jobId,
    attempt: environment.AWS_BATCH_JOB_ATTEMPT,
    batchJobId: environment.AWS_BATCH_JOB_ID,
  });
  const store = createJobStore(createDynamoClient(), environment.JOB_TABLE);
  const models = modelStoreFromEnvironment(process.env);
  const outbox = createEventOutbox({
    sqs: createQueueClient(),
    queueUrl: environment.WEBHOOK_QUEUE_URL,
    store,
  });
  try {
    return await runJob(
      jobId,
      {
        environment,
        store,
        outbox,
        s3: createS3Client(),
        agent: createGuardedAgent({ allowLoopback: environment.ALLOW_LOOPBACK_URLS }),
        models,
        findTools: () => findFfmpeg(process.env, { pullTool: models.pull }),
        findDevice: () => resolveDevice(environment, { log }),
        log,
      },
      interruption(process),
    );
  } catch (err) {
    // The record could not be read or written: another attempt may find AWS in a better mood.
    log.error({ err }, 'the attempt could not be carried through');
    return EXIT_CODES.TRANSIENT;
  }
}

function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = EXIT_CODES.BROKEN;
}
// A connection that somebody forgot must not keep a GPU.
setTimeout(() => process.exit(), LINGER_SECONDS * 1000).unref();
