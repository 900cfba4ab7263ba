import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { JobChange } from '#contracts/job-changes.ts';

/** What an UpdateItem does, and where it may. */
export type UpdateExpression = Pick<
  UpdateCommandInput,
  | 'UpdateExpression'
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
>;

/** One conditional update that writes status, fields and event together. */
export function changeExpression(change: JobChange, now: string): UpdateExpression {
  const names: Record<string, string> = {
    '#status': 'status',
    '#updatedAt': 'updatedAt',
    '#sweep': 'sweep',
  };
  const values: Record<string, unknown> = { ':to': change.to, ':updatedAt': now, ':open': 'open' };
  const assignments = ['#status = :to', '#updatedAt = :updatedAt', '#sweep = :open'];
  const conditions = [`#status IN (${change.from.map((_, index) => `:from${index}`).join(', ')})`];

  change.from.forEach((status, index) => {
    values[`:from${index}`] = status;
  });
  for (const [field, value] of Object.entries(change.set)) {
    names[`#set_${field}`] = field;
    values[`:set_${field}`] = value;
    assignments.push(`#set_${field} = :set_${field}`);
  }
  if (change.ownedBy !== undefined) {
    names['#batchJobId'] = 'batchJobId';
    values[':owner'] = change.ownedBy;
    conditions.push('(attribute_not_exists(#batchJobId) OR #batchJobId = :owner)');
  }
  if (change.claimedAt !== undefined) {
    names['#batchJobId'] = 'batchJobId';
    names['#claimedAt'] = 'claimedAt';
    values[':claimedAt'] = change.claimedAt;
    conditions.push('#claimedAt = :claimedAt AND attribute_not_exists(#batchJobId)');
  }
  if (change.event !== undefined) {
    names['#events'] = 'pendingEvents';
    names['#event'] = change.event.id;
    values[':event'] = change.event;
    assignments.push('#events.#event = :event');
  }
  return {
    UpdateExpression: `SET ${assignments.join(', ')}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
