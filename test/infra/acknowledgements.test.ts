import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { createApp } from '../../infra/create-app.ts';
import { INPUT_BUCKET, OUTPUT_BUCKET } from './template.ts';

type Acknowledgement = { at: IConstruct; rule: string; reason: string };

const DEPLOYMENTS = [
  ['as it is by default', {}],
  ['with IAM', { auth: 'iam' }],
  [
    'with buckets and an address for alarms',
    {
      allowedInputBuckets: INPUT_BUCKET,
      allowedOutputBuckets: OUTPUT_BUCKET,
      alarmEmail: 'oncall@example.org',
    },
  ],
] as const;

describe.each(DEPLOYMENTS)('a deployment %s', (_, flags) => {
  const { app, stack } = constructApp(flags);
  const acknowledgements = app.node.findAll().flatMap(acknowledgementsAt);

  it('has no finding of AwsSolutions that is not acknowledged', () => {
    expect(findings(new AwsSolutionsChecks(), stack)).toEqual([]);
  });

  it('acknowledges only findings that there are', () => {
    const all = findings(heedless(new AwsSolutionsChecks()), stack);
    const idle = acknowledgements.filter(
      ({ at, rule }) =>
        !all.some((finding) => finding.rule === rule && finding.path.startsWith(at.node.path)),
    );
    expect(idle.map(({ at, rule }) => `${at.node.path} ${rule}`)).toEqual([]);
    expect(acknowledgements.length).toBeGreaterThan(10);
  });

  it('gives a reason for each, in a sentence', () => {
    for (const { reason } of acknowledgements) {
      expect(reason).toMatch(/^\S.{40,}\.$/);
    }
  });

  it('acknowledges nothing for the stack or a whole concern of it', () => {
    const blanket = acknowledgements.filter(
      ({ at }) => at === stack || at === app || at.node.scope === stack,
    );
    expect(blanket.map(({ at, rule }) => `${at.node.path} ${rule}`)).toEqual([]);
  });
});

it('a queue without dead letters and a bucket without TLS are findings', () => {
  const { app, stack } = constructApp({});
  new CfnQueue(stack, 'BareQueue');
  new CfnBucket(stack, 'BareBucket');
  expect(findings(new AwsSolutionsChecks(), app)).toEqual(
    expect.arrayContaining([
      { rule: 'AwsSolutions-SQS3', path: 'Reelscribe/BareQueue' },
      { rule: 'AwsSolutions-S10', path: 'Reelscribe/BareBucket' },
    ]),
  );
});

/** The construct tree; the assets that it stages on the way are of no use here. */
function constructApp(flags: Record<string, unknown>): ReturnType<typeof createApp> {
  const outdir = mkdtempSync(join(tmpdir(), 'reelscribe-constructs-'));
  try {
    return createApp({ context: { ...flags, 'aws:cdk:bundling-stacks': [] }, outdir });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function findings(checks: AwsSolutionsChecks, scope: IConstruct): { rule: string; path: string }[] {
  return checks.validateScope(scope).violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => ({
      rule: ruleName,
      path: constructPath ?? '',
    })),
  );
}

/** The same checks, as if nothing had been acknowledged. */
function heedless(checks: AwsSolutionsChecks): AwsSolutionsChecks {
  return Object.assign(checks, { isAcknowledged: () => false });
}

/** Ours: the CDK acknowledges warnings of its own on its own. */
function acknowledgementsAt(at: IConstruct): Acknowledgement[] {
  return at.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) =>
      Object.entries(data as Record<string, string>).map(([rule, reason]) => ({
        at,
        rule: rule.replace(/^annotation::/i, ''),
        reason,
      })),
    )
    .filter(({ rule }) => rule.startsWith('AwsSolutions-'));
}
