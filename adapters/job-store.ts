import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { JobChange } from '#contracts/job-changes.ts';
import {
  type Delivery,
  type JobRecord,
  type JobStatus,
  jobRecordSchema,
} from '#contracts/job-record.ts';
import {
  JOB_TABLE_KEY,
  jobIdOfItem,
  jobItemKey,
  SWEEP_INDEX,
  TENANT_INDEX,
} from '#contracts/job-table.ts';
import type { Progress } from '#contracts/webhook-events.ts';
import { changeExpression, type UpdateExpression } from './change-expression.ts';

const SWEEP_PAGE_SIZE = 100;

/** A page of a tenant's jobs, newest first. */
export type JobPage = { jobs: JobRecord[]; cursor?: string };

/**
 * The job records in DynamoDB. Every write is conditional, so that two writers
 * can never both believe that they made the same change.
 */
export type JobStore = ReturnType<typeof createJobStore>;

export function createJobStore(dynamo: DynamoDBDocumentClient, table: string) {
  /** Runs an update; undefined where its condition did not hold. */
  async function update(jobId: string, input: UpdateExpression): Promise<JobRecord | undefined> {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: jobItemKey(jobId),
          ReturnValues: 'ALL_NEW',
          ...input,
        }),
      );
      return parseItem(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return undefined;
      }
      throw error;
    }
  }

  return {
    /** Writes a new record; false where one with this id is there already. */
    async create(record: JobRecord): Promise<boolean> {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: table,
            Item: { ...jobItemKey(record.jobId), ...record },
            ConditionExpression: 'attribute_not_exists(#id)',
            ExpressionAttributeNames: { '#id': JOB_TABLE_KEY },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) {
          return false;
        }
        throw error;
      }
    },

    async get(jobId: string): Promise<JobRecord | undefined> {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: table, Key: jobItemKey(jobId), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : parseItem(Item);
    },

    /** Makes the change, or returns undefined where the record was not in a state that allows it. */
    apply(jobId: string, change: JobChange, now: string): Promise<JobRecord | undefined> {
      return update(jobId, changeExpression(change, now));
    },

    /** Notes that the job message is in the queue, and sends the record to the end of the sweeper's line. */
    markEnqueued(jobId: string, now: string): Promise<JobRecord | undefined> {
      return update(jobId, {
        UpdateExpression: 'SET #enqueuedAt = :now, #updatedAt = :now',
        ConditionExpression: 'attribute_exists(#id)',
        ExpressionAttributeNames: {
          '#id': JOB_TABLE_KEY,
          '#enqueuedAt': 'enqueuedAt',
          '#updatedAt': 'updatedAt',
        },
        ExpressionAttributeValues: { ':now': now },
      });
    },

    /** Keeps the newest report of the attempt that owns the record. */
    reportProgress(
      jobId: string,
      batchJobId: string,
      progress: Progress,
    ): Promise<JobRecord | undefined> {
      return update(jobId, {
        UpdateExpression: 'SET #progress = :progress',
        ConditionExpression: '#status = :running AND #batchJobId = :batchJobId',
        ExpressionAttributeNames: {
          '#progress': 'progress',
          '#status': 'status',
          '#batchJobId': 'batchJobId',
        },
        ExpressionAttributeValues: {
          ':progress': progress,
          ':running': 'RUNNING' satisfies JobStatus,
          ':batchJobId': batchJobId,
        },
      });
    },

    /** Forgets an event that is known to be in the webhook queue. */
    clearEvent(jobId: string, eventId: string): Promise<JobRecord | undefined> {
      return update(jobId, {
        UpdateExpression: 'REMOVE #events.#event',
        ConditionExpression: 'attribute_exists(#events.#event)',
        ExpressionAttributeNames: { '#events': 'pendingEvents', '#event': eventId },
      });
    },

    /**
     * Takes a record out of the sweeper's sight until its next change: it has
     * nothing left to tell, and is finished or with AWS Batch.
     */
    async settle(jobId: string): Promise<void> {
      await update(jobId, {
        UpdateExpression: 'REMOVE #sweep',
        ConditionExpression:
          'size(#events) = :none AND (#status IN (:running, :succeeded, :failed, :canceled)' +
          ' OR (#status = :submitted AND attribute_exists(#batchJobId)))',
        ExpressionAttributeNames: {
          '#sweep': 'sweep',
          '#events': 'pendingEvents',
          '#status': 'status',
          '#batchJobId': 'batchJobId',
        },
        ExpressionAttributeValues: {
          ':none': 0,
          ':submitted': 'SUBMITTED' satisfies JobStatus,
          ':running': 'RUNNING' satisfies JobStatus,
          ':succeeded': 'SUCCEEDED' satisfies JobStatus,
          ':failed': 'FAILED' satisfies JobStatus,
          ':canceled': 'CANCELED' satisfies JobStatus,
        },
      });
    },

    /**
     * Reserves the next attempt at telling one event until a given time;
     * undefined where someone else has done so, or has made an attempt since
     * `known` was read.
     */
    leaseDelivery(
      jobId: string,
      eventId: string,
      known: Delivery | undefined,
      lease: { now: string; until: string },
    ): Promise<JobRecord | undefined> {
      const { state = 'pending', attempts = [] } = known ?? {};
      const delivery: Delivery = { ...known, state, attempts, attemptingUntil: lease.until };
      return update(jobId, {
        UpdateExpression: 'SET #deliveries.#event = :delivery',
        ConditionExpression:
          'attribute_exists(#id) AND (attribute_not_exists(#deliveries.#event)' +
          ' OR (size(#deliveries.#event.#attempts) = :known' +
          ' AND (attribute_not_exists(#deliveries.#event.#until)' +
          ' OR #deliveries.#event.#until <= :now)))',
        ExpressionAttributeNames: {
          '#id': JOB_TABLE_KEY,
          '#deliveries': 'deliveries',
          '#event': eventId,
          '#attempts': 'attempts',
          '#until': 'attemptingUntil',
        },
        ExpressionAttributeValues: {
          ':delivery': delivery,
          ':known': attempts.length,
          ':now': lease.now,
        },
      });
    },

    /**
     * Replaces what is known about the delivery of one event; undefined where
     * another attempt was recorded since `knownAttempts` were read.
     */
    recordDelivery(
      jobId: string,
      eventId: string,
      delivery: Delivery,
      knownAttempts: number,
    ): Promise<JobRecord | undefined> {
      return update(jobId, {
        UpdateExpression: 'SET #deliveries.#event = :delivery',
        ConditionExpression:
          'attribute_exists(#id) AND (attribute_not_exists(#deliveries.#event)' +
          ' OR size(#deliveries.#event.#attempts) = :known)',
        ExpressionAttributeNames: {
          '#id': JOB_TABLE_KEY,
          '#deliveries': 'deliveries',
          '#event': eventId,
          '#attempts': 'attempts',
        },
        ExpressionAttributeValues: { ':delivery': delivery, ':known': knownAttempts },
      });
    },

    /** A tenant's jobs, newest first; with a status, pages may be shorter than the limit. */
    async list(
      tenant: string,
      query: { status?: JobStatus | undefined; limit: number; cursor?: string | undefined },
    ): Promise<JobPage> {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          IndexName: TENANT_INDEX.name,
          KeyConditionExpression: '#tenant = :tenant',
          ...(query.status === undefined ? {} : { FilterExpression: '#status = :status' }),
          ExpressionAttributeNames: {
            '#tenant': TENANT_INDEX.partitionKey,
            ...(query.status === undefined ? {} : { '#status': 'status' }),
          },
          ExpressionAttributeValues: {
            ':tenant': tenant,
            ...(query.status === undefined ? {} : { ':status': query.status }),
          },
          ScanIndexForward: false,
          Limit: query.limit,
          ...(query.cursor === undefined
            ? {}
            : { ExclusiveStartKey: { ...jobItemKey(query.cursor), tenant, jobId: query.cursor } }),
        }),
      );
      const last: unknown = LastEvaluatedKey?.[TENANT_INDEX.sortKey];
      return { jobs: Items.map(parseItem), ...(typeof last === 'string' ? { cursor: last } : {}) };
    },

    /**
     * Ids of records that nobody has touched since `before` and that still need
     * somebody, oldest first. Ids only: the index lags behind the records, and
     * one that cannot be read must not hide the others.
     */
    async *listUnsettled(before: string): AsyncGenerator<string> {
      const pages = paginateQuery(
        { client: dynamo },
        {
          TableName: table,
          IndexName: SWEEP_INDEX.name,
          KeyConditionExpression: '#sweep = :open AND #updatedAt < :before',
          ProjectionExpression: '#id',
          ExpressionAttributeNames: {
            '#id': JOB_TABLE_KEY,
            '#sweep': SWEEP_INDEX.partitionKey,
            '#updatedAt': SWEEP_INDEX.sortKey,
          },
          ExpressionAttributeValues: { ':open': 'open', ':before': before },
          Limit: SWEEP_PAGE_SIZE,
        },
      );
      for await (const { Items = [] } of pages) {
        yield* Items.map((item) => jobIdOfItem(item));
      }
    },

    async remove(jobId: string): Promise<void> {
      await dynamo.send(new DeleteCommand({ TableName: table, Key: jobItemKey(jobId) }));
    },
  };
}

function parseItem(item: Record<string, unknown> | undefined): JobRecord {
  const { [JOB_TABLE_KEY]: _, ...fields } = item ?? {};
  return jobRecordSchema.parse(fields);
}
