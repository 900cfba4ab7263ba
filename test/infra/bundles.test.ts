import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../infra/create-app.ts';
import type { SynthesizedTemplate } from '../../infra/synthesize.ts';

const HEALTH_REQUEST = {
  httpMethod: 'GET',
  path: '/v1/health',
  resource: '/v1/health',
  headers: {},
  multiValueHeaders: {},
  requestContext: { stage: 'live', path: '/live/v1/health', identity: {} },
};

/** For each function, what it can be asked without any service behind it, and its answer. */
const CONVERSATIONS: Record<string, { event: unknown; answer: unknown } | undefined> = {
  api: { event: HEALTH_REQUEST, answer: expect.objectContaining({ statusCode: 200 }) },
  dispatch: { event: { Records: [] }, answer: { batchItemFailures: [] } },
  webhooks: { event: { Records: [] }, answer: { batchItemFailures: [] } },
  'batch-events': undefined,
  sweeper: undefined,
};

/** Tells the answer from the log lines, which may come before and after it. */
const ANSWER = 'answer: ';

/** As the Lambda runtime does it: imports the module and calls what the function names as its handler. */
const RUNTIME = `
  const [module, name, event] = process.argv.slice(1);
  const handler = (await import(module))[name];
  const answer = event === undefined ? typeof handler : await handler(JSON.parse(event), {});
  process.stdout.write('\\n${ANSWER}' + JSON.stringify(answer) + '\\n');
`;

const outdir = mkdtempSync(join(tmpdir(), 'reelscribe-bundles-'));
afterAll(() => rmSync(outdir, { recursive: true }));

describe('the code that is deployed', () => {
  const functions = bundledFunctions();

  it('is that of every function', () => {
    expect(functions.map(({ folder }) => folder).toSorted()).toEqual(
      Object.keys(CONVERSATIONS).toSorted(),
    );
  });

  it.each(functions)('of $folder needs nothing but itself', async ({ folder, ...bundle }) => {
    const conversation = CONVERSATIONS[folder];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        RUNTIME,
        bundle.module,
        bundle.handler,
        ...(conversation === undefined ? [] : [JSON.stringify(conversation.event)]),
      ],
      { cwd: outdir, env: { ...bundle.environment, AWS_REGION: 'eu-central-1' } },
    );
    const line = stdout.split('\n').find((text) => text.startsWith(ANSWER));
    expect(JSON.parse(line?.slice(ANSWER.length) ?? 'null')).toEqual(
      conversation === undefined ? 'function' : conversation.answer,
    );
  });
});

type BundledFunction = {
  folder: string;
  module: string;
  handler: string;
  environment: Record<string, string>;
};

function bundledFunctions(): BundledFunction[] {
  const { app, stack } = createApp({ outdir });
  const { templateFullPath } = app.synth().getStackArtifact(stack.artifactId);
  const { Resources }: SynthesizedTemplate = JSON.parse(readFileSync(templateFullPath, 'utf8'));
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties, Metadata }) => {
      const [file, handler] = String(Properties['Handler']).split('.');
      const folder = String(Properties['Code'].S3Key).replace(/\.zip$/, '');
      return {
        folder: String(Metadata?.['reelscribe:folder']),
        module: join(outdir, `asset.${folder}`, `${file}.mjs`),
        handler: handler ?? '',
        environment: Object.fromEntries(
          Object.entries(Properties['Environment'].Variables).map(([name, value]) => [
            name,
            // What CloudFormation fills in: the address of a queue, or the name of something.
            typeof value === 'string' ? value : 'https://sqs.eu-central-1.amazonaws.com/1/name',
          ]),
        ),
      };
    });
}
