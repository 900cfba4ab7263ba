import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The longest that SQS keeps a message: time enough for a person to look and redrive. */
const RETENTION = Duration.days(14);

/** A queue that is read by us alone: encrypted by SQS, over TLS only. */
export function createQueue(
  scope: Construct,
  id: string,
  props: {
    visibilityTimeout?: Duration;
    removalPolicy: RemovalPolicy;
    deadLetters?: { queue: Queue; maxReceiveCount: number };
  },
): Queue {
  const { visibilityTimeout, deadLetters, removalPolicy } = props;
  return new Queue(scope, id, {
    retentionPeriod: RETENTION,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy,
    ...(visibilityTimeout === undefined ? {} : { visibilityTimeout }),
    ...(deadLetters === undefined ? {} : { deadLetterQueue: deadLetters }),
  });
}

/** A queue and the one its messages go to once they were received too often. */
export function createQueueWithDeadLetters(
  scope: Construct,
  id: string,
  props: { visibilityTimeout: Duration; maxReceiveCount: number; removalPolicy: RemovalPolicy },
): { queue: Queue; deadLetterQueue: Queue } {
  const { visibilityTimeout, maxReceiveCount, removalPolicy } = props;
  const deadLetterQueue = createQueue(scope, `${id}DeadLetters`, { removalPolicy });
  const queue = createQueue(scope, id, {
    visibilityTimeout,
    removalPolicy,
    deadLetters: { queue: deadLetterQueue, maxReceiveCount },
  });
  return { queue, deadLetterQueue };
}
