import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { BucketProps } from 'aws-cdk-lib/aws-s3';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { JOB_TABLE_KEY, SWEEP_INDEX, TENANT_INDEX, TTL_ATTRIBUTE } from '#contracts/job-table.ts';
import type { Deployment } from './deployment.ts';

const UPLOAD_LIFETIME_DAYS = 1;
const CHECKPOINT_LIFETIME_DAYS = 7;
const ACCESS_LOG_LIFETIME_DAYS = 90;

/** What is kept: the record of every job, and its artifacts. */
export class JobStore extends Construct {
  readonly table: Table;
  readonly artifactsBucket: Bucket;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const removalPolicy = removalPolicyOf(deployment);
    this.table = createTable(this, removalPolicy);
    this.artifactsBucket = createArtifactsBucket(this, deployment.retentionDays, removalPolicy);
  }

  /** The objects of jobs: artifacts lie under `jobs/`, or below a prefix that the request gave. */
  get artifactObjects(): string[] {
    return artifactObjectsOf(this.artifactsBucket.bucketArn);
  }

  objects(prefix: string): string {
    return this.artifactsBucket.arnForObjects(`${prefix}/*`);
  }

  /** The ARN of a bucket that is not ours. */
  bucketArn(name: string): string {
    return `arn:${Stack.of(this).partition}:s3:::${name}`;
  }

  get tenantIndexArn(): string {
    return `${this.table.tableArn}/index/${TENANT_INDEX.name}`;
  }

  get sweepIndexArn(): string {
    return `${this.table.tableArn}/index/${SWEEP_INDEX.name}`;
  }
}

/** Where artifacts can lie in a bucket: `jobs/<jobId>/…`, after the request's prefix if it has one. */
export function artifactObjectsOf(bucketArn: string): string[] {
  return [`${bucketArn}/jobs/*`, `${bucketArn}/*/jobs/*`];
}

export function removalPolicyOf(deployment: Deployment): RemovalPolicy {
  return deployment.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}

function createTable(scope: Construct, removalPolicy: RemovalPolicy): Table {
  const table = new Table(scope, 'JobTable', {
    partitionKey: { name: JOB_TABLE_KEY, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    // AWS's own key: it encrypts at rest at no price, and access is IAM's alone to give.
    encryption: TableEncryption.DEFAULT,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: TTL_ATTRIBUTE,
    deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
    removalPolicy,
  });
  for (const { index, projectionType } of [
    { index: TENANT_INDEX, projectionType: ProjectionType.ALL },
    // The sweeper reads the record itself, since an index lags behind it.
    { index: SWEEP_INDEX, projectionType: ProjectionType.KEYS_ONLY },
  ]) {
    table.addGlobalSecondaryIndex({
      indexName: index.name,
      partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
      sortKey: { name: index.sortKey, type: AttributeType.STRING },
      projectionType,
    });
  }
  return table;
}

function createArtifactsBucket(
  scope: Construct,
  retentionDays: number,
  removalPolicy: RemovalPolicy,
): Bucket {
  const closed: BucketProps = {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy,
  };
  const accessLogBucket = new Bucket(scope, 'AccessLogBucket', {
    ...closed,
    lifecycleRules: [{ expiration: Duration.days(ACCESS_LOG_LIFETIME_DAYS) }],
  });
  return new Bucket(scope, 'ArtifactsBucket', {
    ...closed,
    // Deleting a job must delete it: an older version would outlive the answer that it is gone.
    versioned: false,
    serverAccessLogsBucket: accessLogBucket,
    serverAccessLogsPrefix: 'artifacts/',
    lifecycleRules: [
      { prefix: 'uploads/', expiration: Duration.days(UPLOAD_LIFETIME_DAYS) },
      { prefix: 'checkpoints/', expiration: Duration.days(CHECKPOINT_LIFETIME_DAYS) },
      {
        // On everything, since a request may put its artifacts below a prefix of its own.
        expiration: Duration.days(retentionDays),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
}
