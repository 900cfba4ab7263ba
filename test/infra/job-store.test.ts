import { describe, expect, it } from '@jest/globals';
import { JOB_TABLE_KEY, SWEEP_INDEX, TENANT_INDEX, TTL_ATTRIBUTE } from '#contracts/job-table.ts';
import { synthesize } from './template.ts';

const RETENTION_DAYS = 45;
const stack = synthesize({ retentionDays: String(RETENTION_DAYS) });
const table = stack.get('AWS::DynamoDB::Table', 'StoreJobTable');
const bucket = stack.get('AWS::S3::Bucket', 'StoreArtifactsBucket');

describe('the job table', () => {
  it('has the key, the indexes and the expiry that the store reads by', () => {
    expect(table['KeySchema']).toEqual([{ AttributeName: JOB_TABLE_KEY, KeyType: 'HASH' }]);
    expect(table['TimeToLiveSpecification']).toEqual({
      AttributeName: TTL_ATTRIBUTE,
      Enabled: true,
    });
    const keys = (index: typeof TENANT_INDEX | typeof SWEEP_INDEX) => [
      { AttributeName: index.partitionKey, KeyType: 'HASH' },
      { AttributeName: index.sortKey, KeyType: 'RANGE' },
    ];
    expect(table['GlobalSecondaryIndexes']).toEqual([
      {
        IndexName: TENANT_INDEX.name,
        KeySchema: keys(TENANT_INDEX),
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: SWEEP_INDEX.name,
        KeySchema: keys(SWEEP_INDEX),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });

  it('is paid by use and can be restored to any second', () => {
    expect(table['BillingMode']).toBe('PAY_PER_REQUEST');
    expect(table['PointInTimeRecoverySpecification']).toEqual({ PointInTimeRecoveryEnabled: true });
  });
});

describe('the artifacts bucket', () => {
  it('is encrypted, logs who reads it, and keeps no version of what was deleted', () => {
    expect(bucket['BucketEncryption'].ServerSideEncryptionConfiguration).toEqual([
      { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
    ]);
    expect(bucket['LoggingConfiguration']).toEqual({
      DestinationBucketName: '<StoreAccessLogBucket>',
      LogFilePrefix: 'artifacts/',
    });
    expect(bucket['VersioningConfiguration']).toBeUndefined();
    expect(bucket['OwnershipControls'].Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  });

  it('forgets uploads after a day, checkpoints after a week and all else when the retention ends', () => {
    const rules: { Prefix?: string; ExpirationInDays: number; Status: string }[] =
      bucket['LifecycleConfiguration'].Rules;
    expect(rules.every(({ Status }) => Status === 'Enabled')).toBe(true);
    expect(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['uploads/', 1],
      ['checkpoints/', 7],
      [undefined, RETENTION_DAYS],
    ]);
    expect(rules[2]).toMatchObject({
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    });
  });
});

describe('what a deployment leaves behind', () => {
  const stateful = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SQS::Queue'];
  const policiesOf = ({ template }: typeof stack) =>
    new Set(
      Object.values(template.Resources)
        .filter(({ Type }) => stateful.includes(Type))
        .map(({ DeletionPolicy }) => DeletionPolicy),
    );

  it('is its data, unless it says otherwise', () => {
    expect(policiesOf(stack)).toEqual(new Set(['Retain']));
    expect(table['DeletionProtectionEnabled']).toBe(true);
  });

  it('is nothing with removalPolicy=destroy', () => {
    const passing = synthesize({ removalPolicy: 'destroy' });
    expect(policiesOf(passing)).toEqual(new Set(['Delete']));
    expect(passing.get('AWS::DynamoDB::Table', 'StoreJobTable')['DeletionProtectionEnabled']).toBe(
      false,
    );
  });
});
