import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { jobIdSchema } from '#contracts/identifiers.ts';
import { idempotencyItemKey, JOB_TABLE_KEY, TTL_ATTRIBUTE } from '#contracts/job-table.ts';
import { canonicalJson } from './canonical-json.ts';

const KEY_LIFETIME_SECONDS = 24 * 60 * 60;

/** Longer than any request can live, since API Gateway ends one after 29 s: who holds the key is dead by then. */
export const TAKEOVER_SECONDS = 30;

const itemSchema = z.object({
  jobId: jobIdSchema,
  bodyHash: z.string(),
  state: z.enum(['in-flight', 'done']),
  claimedAt: z.iso.datetime(),
  expiresAt: z.int(),
});

type Item = z.infer<typeof itemSchema>;

/** A key that is ours to create a job under. */
export type KeyClaim = {
  keyHash: string;
  jobId: string;
  claimedAt: string;
  /** True where an earlier request died while it held the key, and may have created the job. */
  takenOver: boolean;
};

export type ClaimOutcome =
  | { outcome: 'claimed'; claim: KeyClaim }
  | { outcome: 'done'; jobId: string }
  | { outcome: 'in-flight' }
  | { outcome: 'other-body' };

/** Who a key belongs to: the same key of another tenant or route is another key. */
export type KeyScope = { tenant: string; route: string; key: string };

/**
 * Idempotency keys in the job table. The conditional write of a key's item
 * decides which of many equal requests creates the job, and under which id.
 */
export type IdempotencyKeys = ReturnType<typeof createIdempotencyKeys>;

export function createIdempotencyKeys(dynamo: DynamoDBDocumentClient, table: string) {
  async function read(keyHash: string): Promise<Item | undefined> {
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: table, Key: idempotencyItemKey(keyHash), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : itemSchema.parse(Item);
  }

  /** Writes the item of a new key, or of one whose time is over: TTL deletes expired items late. */
  function put(keyHash: string, item: Item, now: Date): Promise<boolean> {
    return holds(
      dynamo.send(
        new PutCommand({
          TableName: table,
          Item: { ...idempotencyItemKey(keyHash), ...item },
          ConditionExpression: 'attribute_not_exists(#id) OR #expiresAt < :now',
          ExpressionAttributeNames: { '#id': JOB_TABLE_KEY, '#expiresAt': TTL_ATTRIBUTE },
          ExpressionAttributeValues: { ':now': epochSeconds(now) },
        }),
      ),
    );
  }

  function takeOver(keyHash: string, stale: Item, claimedAt: string): Promise<boolean> {
    return holds(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: idempotencyItemKey(keyHash),
          UpdateExpression: 'SET #claimedAt = :now',
          ConditionExpression: '#state = :inFlight AND #claimedAt = :stale',
          ExpressionAttributeNames: { '#claimedAt': 'claimedAt', '#state': 'state' },
          ExpressionAttributeValues: {
            ':now': claimedAt,
            ':stale': stale.claimedAt,
            ':inFlight': 'in-flight' satisfies Item['state'],
          },
        }),
      ),
    );
  }

  return {
    /**
     * Claims the key for one request. A key that has been in flight for longer
     * than a request can live is taken over with the job id it was given first.
     */
    async claim(scope: KeyScope, body: unknown, jobId: string, now: Date): Promise<ClaimOutcome> {
      const keyHash = sha256(JSON.stringify([scope.tenant, scope.route, scope.key]));
      const bodyHash = sha256(canonicalJson(body));
      const claimedAt = now.toISOString();
      const expiresAt = epochSeconds(now) + KEY_LIFETIME_SECONDS;
      if (await put(keyHash, { jobId, bodyHash, state: 'in-flight', claimedAt, expiresAt }, now)) {
        return { outcome: 'claimed', claim: { keyHash, jobId, claimedAt, takenOver: false } };
      }
      const held = await read(keyHash);
      if (held?.jobId === jobId) {
        // Our own write, repeated by the SDK because its answer was lost.
        return { outcome: 'claimed', claim: { keyHash, jobId, claimedAt, takenOver: false } };
      }
      if (held === undefined) {
        // Given back between the write and the read: the next try finds it free.
        return { outcome: 'in-flight' };
      }
      if (held.bodyHash !== bodyHash) {
        return { outcome: 'other-body' };
      }
      if (held.state === 'done') {
        return { outcome: 'done', jobId: held.jobId };
      }
      const heldForMs = now.getTime() - Date.parse(held.claimedAt);
      if (heldForMs > TAKEOVER_SECONDS * 1_000 && (await takeOver(keyHash, held, claimedAt))) {
        const claim = { keyHash, jobId: held.jobId, claimedAt, takenOver: true };
        return { outcome: 'claimed', claim };
      }
      return { outcome: 'in-flight' };
    },

    /** From now on the key answers with its job. */
    async complete(claim: KeyClaim): Promise<void> {
      await holds(
        dynamo.send(
          new UpdateCommand({
            TableName: table,
            Key: idempotencyItemKey(claim.keyHash),
            UpdateExpression: 'SET #state = :done',
            ConditionExpression: '#jobId = :jobId',
            ExpressionAttributeNames: { '#state': 'state', '#jobId': 'jobId' },
            ExpressionAttributeValues: {
              ':done': 'done' satisfies Item['state'],
              ':jobId': claim.jobId,
            },
          }),
        ),
      );
    },

    /** Frees the key of a request that was refused before it could create anything. */
    async release(claim: KeyClaim): Promise<void> {
      await holds(
        dynamo.send(
          new DeleteCommand({
            TableName: table,
            Key: idempotencyItemKey(claim.keyHash),
            ConditionExpression: '#claimedAt = :claimedAt AND #jobId = :jobId',
            ExpressionAttributeNames: { '#claimedAt': 'claimedAt', '#jobId': 'jobId' },
            ExpressionAttributeValues: { ':claimedAt': claim.claimedAt, ':jobId': claim.jobId },
          }),
        ),
      );
    },
  };
}

/** Whether the write was made: false where its condition did not hold. */
async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return false;
    }
    throw error;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
