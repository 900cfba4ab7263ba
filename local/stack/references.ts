import { createHash } from 'node:crypto';
import { localArn } from '../emulators/account.ts';
import { jobDefinitionArn, jobQueueArn } from '../emulators/batch/job.ts';
import type { References } from './intrinsics.ts';
import type { Synthesis, TemplateResource } from './template.ts';

/** The property in which a template may name a resource itself. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Batch::JobQueue': 'JobQueueName',
  'AWS::Batch::JobDefinition': 'JobDefinitionName',
};

/** API Gateway's ids have ten characters. */
const API_KEY_ID_LENGTH = 10;
const MAX_BUCKET_NAME_LENGTH = 63;

export type StackReferences = References & {
  /** The name under which a resource is made here. */
  name(logicalId: string): string;
};

/** What each resource of the stack is called locally: known before any of them exists. */
export function createReferences(
  { stackName, template }: Synthesis,
  queueUrl: (name: string) => string,
): StackReferences {
  const resource = (logicalId: string): TemplateResource => {
    const found = template.Resources[logicalId];
    if (found === undefined) {
      throw new Error(`the template has no resource ${logicalId}`);
    }
    return found;
  };

  const name = (logicalId: string): string => {
    const { Type, Properties } = resource(logicalId);
    const given = Properties[NAME_PROPERTIES[Type] ?? ''];
    if (typeof given === 'string') {
      return given;
    }
    if (Type === 'AWS::S3::Bucket') {
      return `${stackName}-${logicalId}`.toLowerCase().slice(0, MAX_BUCKET_NAME_LENGTH);
    }
    if (Type === 'AWS::ApiGateway::ApiKey') {
      return createHash('sha256').update(logicalId).digest('hex').slice(0, API_KEY_ID_LENGTH);
    }
    return `${stackName}-${logicalId}`;
  };

  const arn = (logicalId: string): string => {
    const physical = name(logicalId);
    switch (resource(logicalId).Type) {
      case 'AWS::DynamoDB::Table':
        return localArn('dynamodb', `table/${physical}`);
      case 'AWS::S3::Bucket':
        return `arn:aws:s3:::${physical}`;
      case 'AWS::SQS::Queue':
        return localArn('sqs', physical);
      case 'AWS::Lambda::Function':
        return localArn('lambda', `function:${physical}`);
      case 'AWS::Batch::JobQueue':
        return jobQueueArn(physical);
      case 'AWS::Batch::JobDefinition':
        return jobDefinitionArn({ name: physical, revision: 1 });
      default:
        return localArn('local', physical);
    }
  };

  return {
    name,
    ref: (logicalId) => {
      switch (resource(logicalId).Type) {
        case 'AWS::SQS::Queue':
          return queueUrl(name(logicalId));
        case 'AWS::Batch::JobQueue':
        case 'AWS::Batch::JobDefinition':
        case 'AWS::Batch::SchedulingPolicy':
          return arn(logicalId);
        case 'AWS::ApiGateway::Stage':
          return String(resource(logicalId).Properties['StageName']);
        default:
          return name(logicalId);
      }
    },
    attribute: (logicalId, attribute) => {
      switch (attribute) {
        case 'Arn':
        case 'JobQueueArn':
        case 'JobDefinitionArn':
          return arn(logicalId);
        case 'QueueUrl':
          return queueUrl(name(logicalId));
        default:
          return attribute.endsWith('Name') ? name(logicalId) : `${logicalId}.${attribute}`;
      }
    },
  };
}
