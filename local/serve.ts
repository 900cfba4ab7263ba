import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ReelscribeError } from '#contracts/errors.ts';
import {
  createVisibleModelStore,
  makeTwoVoiceRecording,
  prepareWorker,
} from './demo/preparation.ts';
import { createTerminal, showError } from './demo/terminal.ts';
import { type LocalStack, startLocalStack } from './stack/local-stack.ts';

const DEFAULT_PORT = 4510;
const MAX_PORT = 65_535;
const RECORDING = 'demo.wav';

const terminal = createTerminal(process.stdout);

/** Keeps the stack up for curl until it is interrupted. PORT names another port, 0 any free one. */
async function serve(): Promise<void> {
  const port = Number(process.env['PORT'] ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    refuse(`PORT is a number from 0 to ${MAX_PORT}, not ${process.env['PORT']}.`);
    return;
  }
  const models = createVisibleModelStore(terminal);
  await prepareWorker(models);
  const recording = await readFile(await makeTwoVoiceRecording(models));

  const stack = await startLocalStack({ allowLoopbackUrls: true, apiPort: port }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') {
        throw error;
      }
    },
  );
  if (stack === undefined) {
    refuse(`Port ${port} is taken; PORT=0 takes any free one.`);
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(1));
      void stack.stop();
    });
  }
  await stack.clients.s3.send(
    new PutObjectCommand({ Bucket: stack.mediaBucket, Key: RECORDING, Body: recording }),
  );
  terminal.line(describe(stack));
}

function refuse(reason: string): void {
  terminal.line(reason);
  process.exitCode = 1;
}

function describe(stack: LocalStack): string {
  const jobs = `${stack.apiUrl}/v1/jobs`;
  const key = `-H 'x-api-key: ${stack.apiKey}'`;
  return `The job API is up, on this machine alone. Ctrl-C stops it and forgets everything.

API URL         ${stack.apiUrl}
API key         ${stack.apiKey}
Webhook secret  ${stack.webhookSecret.value}
S3 endpoint     ${stack.endpoints.s3}
Artifacts       s3://${stack.artifactsBucket}/jobs/JOB_ID/, and as links in GET /v1/jobs/JOB_ID
Jobs may read   s3://${stack.mediaBucket}
Logs            ${relative(process.cwd(), stack.logDir)}/JOB_ID.log

Send a job; its recording, of two people who speak in turn, is there already:
  curl -X POST ${jobs} ${key} -H 'content-type: application/json' \\
    -d '{"input": {"s3": {"bucket": "${stack.mediaBucket}", "key": "${RECORDING}"}}, "tasks": {"transcription": {}, "diarization": {}}}'
See how your jobs are, the newest first:
  curl ${jobs} ${key}
Put a recording of your own beside it, and name it in the next job:
  curl -T talk.mp4 ${stack.endpoints.s3}/${stack.mediaBucket}/talk.mp4`;
}

await serve().catch((error: unknown) => {
  if (!(error instanceof ReelscribeError)) {
    throw error;
  }
  showError(error, terminal);
  process.exitCode = 1;
});
