import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { ArtifactKind } from '#contracts/artifacts.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { createApiClient } from './api-client.ts';
import { type FollowedJob, followJob } from './demo/follow-job.ts';
import { InputProblem, readSource, toJobInput } from './demo/input.ts';
import {
  createVisibleModelStore,
  makeTwoVoiceRecording,
  prepareWorker,
} from './demo/preparation.ts';
import { downloadArtifacts } from './demo/results.ts';
import { createTerminal, showError, type Terminal } from './demo/terminal.ts';
import { startLocalStack } from './stack/local-stack.ts';
import { LOCAL_STATE_DIR } from './stack/template.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const USAGE = `Usage: npm run demo [-- <file or https URL>]
Transcribes a recording on this machine and tells its speakers apart, through the
same handlers that run in AWS. Without an argument it fetches two short public-domain recordings.
`;

const OUTPUT_DIR = 'reelscribe-output';
const SHOWN_LINES = 6;
/** Nothing of an interrupted demo is kept, so the worker need not put anything away. */
const WORKER_STOP_TIMEOUT_MS = 1_000;
/** Somebody is watching. */
const PROGRESS_INTERVAL_SECONDS = 0.5;
const EXIT_INTERRUPTED = 130;

/** Runs one job from start to end, or to the interruption; what it starts it stops. Returns the exit code. */
async function runDemo(
  argument: string | undefined,
  terminal: Terminal,
  interrupted: AbortSignal,
): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  const interruption = once(interrupted, 'abort').then(() => EXIT_INTERRUPTED);
  return await Promise.race([transcribe(argument, terminal, cleanup), interruption]);
}

async function transcribe(
  argument: string | undefined,
  terminal: Terminal,
  cleanup: AsyncDisposableStack,
): Promise<number> {
  const given = argument === undefined ? undefined : await readSource(argument);
  const models = createVisibleModelStore(terminal);
  await prepareWorker(models);
  const source = given ?? (await readSource(await makeTwoVoiceRecording(models)));

  terminal.status('Starting S3, SQS, DynamoDB, Batch and the functions on this machine');
  const stack = cleanup.use(
    await startLocalStack({
      allowLoopbackUrls: true,
      progressIntervalSeconds: PROGRESS_INTERVAL_SECONDS,
      stopTimeoutMs: WORKER_STOP_TIMEOUT_MS,
    }),
  );
  const receiver = cleanup.use(await startWebhookReceiver({ secret: stack.webhookSecret.value }));
  const api = createApiClient(stack);

  const input = await toJobInput(source, api, stack);
  const postedAt = performance.now();
  const { jobId } = await api.createJob(
    {
      input,
      tasks: { transcription: {}, diarization: {} },
      webhook: { url: receiver.url },
      metadata: { source: 'demo' },
    },
    randomUUID(),
  );
  terminal.line(`Job ${jobId}: ${source.kind === 'url' ? source.url : basename(source.path)}`);
  const followed = await followJob(jobId, { api, receiver, terminal });
  const wallSeconds = (performance.now() - postedAt) / 1_000;
  if (followed.job.status !== 'SUCCEEDED') {
    return reportFailure(followed, jobId, terminal);
  }

  const artifacts = await downloadArtifacts(followed.job, OUTPUT_DIR);
  await reportSuccess(followed, artifacts, wallSeconds, terminal);
  const { verified, refused } = receiver.counts;
  if (refused > 0) {
    terminal.line(`${refused} webhooks did not fit their signature`);
    return 1;
  }
  terminal.line(`webhook verified: ${verified} deliveries, each with a good signature`);
  return 0;
}

async function reportSuccess(
  { job }: FollowedJob,
  artifacts: ReadonlyMap<ArtifactKind, string>,
  wallSeconds: number,
  terminal: Terminal,
): Promise<void> {
  const textPath = artifacts.get('txt');
  const text = textPath === undefined ? '' : await readFile(textPath, 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  terminal.line();
  for (const line of lines.slice(0, SHOWN_LINES)) {
    terminal.line(`  ${line}`);
  }
  if (lines.length > SHOWN_LINES) {
    terminal.line('  …');
  }
  if (lines.length > 0) {
    terminal.line();
  }
  for (const { code, message } of job.result?.warnings ?? []) {
    terminal.line(`${code}: ${message}`);
  }
  for (const path of artifacts.values()) {
    terminal.line(relative(process.cwd(), path));
  }
  const mediaSeconds = job.result?.durationSeconds ?? 0;
  terminal.line();
  terminal.line(
    `${mediaSeconds.toFixed(1)} s of media${describeSpeakers(job.result?.speakers)} ` +
      `in ${wallSeconds.toFixed(1)} s, ` +
      `from POST to webhook: ${(mediaSeconds / wallSeconds).toFixed(1)}× real time`,
  );
}

function describeSpeakers(count: number | undefined): string {
  if (count === undefined) {
    return '';
  }
  return count === 1 ? ' with 1 speaker' : ` with ${count} speakers`;
}

function reportFailure({ job }: FollowedJob, jobId: string, terminal: Terminal): number {
  if (job.failure === undefined) {
    terminal.line(`The job is ${job.status}`);
  } else {
    showError(job.failure, terminal);
  }
  terminal.line(`Log: ${relative(process.cwd(), join(LOCAL_STATE_DIR, 'logs', `${jobId}.log`))}`);
  return 1;
}

/** Aborts on Ctrl-C, after which everything is stopped in order; a second one does not wait for that. */
function interruption(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(EXIT_INTERRUPTED));
      terminal.line('Stopping');
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [argument, ...rest] = args;
  if (rest.length > 0 || argument?.startsWith('-')) {
    process.stdout.write(USAGE);
    return argument === '--help' ? 0 : 1;
  }
  try {
    return await runDemo(argument, terminal, interruption(terminal));
  } catch (error) {
    if (error instanceof ReelscribeError) {
      showError(error, terminal);
    } else if (error instanceof InputProblem) {
      terminal.line(error.message);
    } else {
      throw error;
    }
    return 1;
  }
}

// What an interrupted step was still waiting for must not keep the process.
process.exit(await main(process.argv.slice(2), createTerminal(process.stdout)));
