import { relative } from 'node:path';
import { startLocalStack } from './stack/local-stack.ts';

const DEFAULT_PORT = 4510;

/** Keeps the stack up for curl until it is interrupted. PORT names another port, 0 any free one. */
const stack = await startLocalStack({
  allowLoopbackUrls: true,
  apiPort: Number(process.env['PORT'] ?? DEFAULT_PORT),
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.once(signal, () => process.exit(1));
    void stack.stop();
  });
}

process.stdout.write(`The job API is up, on this machine alone. Ctrl-C stops it and forgets everything.

API URL         ${stack.apiUrl}
API key         ${stack.apiKey}
Webhook secret  ${stack.webhookSecret.value}
S3 endpoint     ${stack.endpoints.s3}
Artifacts       s3://${stack.artifactsBucket}/jobs/<jobId>/, and as links in GET /v1/jobs/<jobId>
Jobs may read   s3://${stack.mediaBucket}
Logs            ${relative(process.cwd(), stack.logDir)}/<jobId>.log

Put a recording where jobs may read it:
  curl -T talk.mp4 ${stack.endpoints.s3}/${stack.mediaBucket}/talk.mp4
Send a job:
  curl -X POST ${stack.apiUrl}/v1/jobs -H 'x-api-key: ${stack.apiKey}' -H 'content-type: application/json' \\
    -d '{"input": {"s3": {"bucket": "${stack.mediaBucket}", "key": "talk.mp4"}}, "tasks": {"transcription": {}}}'
See how it is:
  curl ${stack.apiUrl}/v1/jobs/<jobId> -H 'x-api-key: ${stack.apiKey}'
`);
