import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  ApiKeySourceType,
  AuthorizationType,
  EndpointType,
  type IApiKey,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  Period,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { apiEnvironmentSchema } from '#contracts/environment.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { allow } from './allow.ts';
import { JOB_WILDCARD_REASON, terminateOurJobs } from './batch-permissions.ts';
import type { Deployment } from './deployment.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import type { GpuCompute } from './gpu-compute.ts';
import { artifactObjectsOf, type JobStore, removalPolicyOf } from './job-store.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { Webhooks } from './webhooks.ts';

/** API Gateway waits 29 s at most; the function must end before. */
const API_TIMEOUT_SECONDS = 28;

/** Of the whole API, and of each key that the usage plan is given. */
const REQUESTS_PER_SECOND = 20;
const BURST_REQUESTS = 40;
const REQUESTS_PER_DAY = 20_000;

/** The largest file that S3 takes from a form. */
const MAX_FORM_UPLOAD_BYTES = 5 * 1024 ** 3;

type ApiResources = { store: JobStore; jobQueue: Queue; webhooks: Webhooks; compute: GpuCompute };

/** The one door: everything behind it needs an API key or IAM, except the health check. */
export class JobApi extends Construct {
  readonly restApi: RestApi;
  readonly handler: LambdaFunction<typeof apiEnvironmentSchema>;
  /** Made by API Gateway; its value is read by who may, and is in no template or output. */
  readonly apiKey: IApiKey | undefined;

  constructor(scope: Construct, id: string, deployment: Deployment, resources: ApiResources) {
    super(scope, id);
    this.handler = this.createHandler(deployment, resources);
    this.restApi = this.createRestApi(deployment);
    addGatewayResponses(this.restApi, deployment.auth);
    this.addMethods(deployment);
    this.apiKey = deployment.auth === 'apiKey' ? this.createApiKey() : undefined;
  }

  private createRestApi(deployment: Deployment): RestApi {
    const api = new RestApi(this, 'RestApi', {
      restApiName: deployment.stackName,
      endpointTypes: [EndpointType.REGIONAL],
      apiKeySourceType: ApiKeySourceType.HEADER,
      // An account setting, without which no stage may write a log; kept when the
      // stack goes, since other APIs of the account may have come to rely on it.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: 'live',
        throttlingRateLimit: REQUESTS_PER_SECOND,
        throttlingBurstLimit: BURST_REQUESTS,
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.ERROR,
        // Bodies hold signed links and webhook addresses.
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: removalPolicyOf(deployment),
          }),
        ),
        accessLogFormat: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            time: '$context.requestTime',
            apiKeyId: '$context.identity.apiKeyId',
            userArn: '$context.identity.userArn',
            sourceIp: '$context.identity.sourceIp',
            method: '$context.httpMethod',
            path: '$context.path',
            status: '$context.status',
            responseBytes: '$context.responseLength',
            latencyMs: '$context.responseLatency',
            error: '$context.error.responseType',
          }),
        ),
      },
    });
    Validations.of(api).acknowledge(
      {
        id: 'AwsSolutions-APIG2',
        reason:
          'The function validates each request against the one schema that the OpenAPI document is made of, and answers with the path of every fault.',
      },
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason: 'The policy that API Gateway demands of the role by which it writes logs.',
      },
    );
    Validations.of(api.deploymentStage).acknowledge({
      id: 'AwsSolutions-APIG3',
      reason:
        'No web ACL by default: every route but the health check needs a key or a signature and is throttled, and a web ACL costs more a month than an idle deployment.',
    });
    return api;
  }

  private addMethods({ auth }: Deployment): void {
    const integration = new LambdaIntegration(this.handler.function, { allowTestInvoke: false });
    const v1 = this.restApi.root.addResource('v1');
    const everythingElse = v1
      .addResource('{proxy+}')
      .addMethod(
        'ANY',
        integration,
        auth === 'iam'
          ? { authorizationType: AuthorizationType.IAM }
          : { authorizationType: AuthorizationType.NONE, apiKeyRequired: true },
      );
    const health = v1
      .addResource('health')
      .addMethod('GET', integration, { authorizationType: AuthorizationType.NONE });

    acknowledgeNoAuthorizer(health, 'Open by design: tells that the API answers, and its version.');
    if (auth === 'apiKey') {
      acknowledgeNoAuthorizer(
        everythingElse,
        'Callers are machines with an API key, which is required here and throttled by its usage plan; -c auth=iam asks for signatures instead.',
      );
    } else {
      Validations.of(everythingElse).acknowledge({
        id: 'AwsSolutions-COG4',
        reason: 'Callers are machines that sign with IAM; there is no user pool to ask.',
      });
    }
  }

  private createApiKey(): IApiKey {
    const apiKey = this.restApi.addApiKey('ApiKey');
    const plan = this.restApi.addUsagePlan('UsagePlan', {
      throttle: { rateLimit: REQUESTS_PER_SECOND, burstLimit: BURST_REQUESTS },
      quota: { limit: REQUESTS_PER_DAY, period: Period.DAY },
      apiStages: [{ stage: this.restApi.deploymentStage }],
    });
    plan.addApiKey(apiKey);
    return apiKey;
  }

  private createHandler(
    deployment: Deployment,
    { store, jobQueue, webhooks, compute }: ApiResources,
  ): LambdaFunction<typeof apiEnvironmentSchema> {
    const outputBuckets = deployment.allowedOutputBuckets.map((name) => store.bucketArn(name));
    const buckets = [store.artifactsBucket.bucketArn, ...outputBuckets];
    const artifacts = buckets.flatMap(artifactObjectsOf);
    const handler = new LambdaFunction(this, 'Handler', {
      folder: 'api',
      schema: apiEnvironmentSchema,
      environment: {
        JOB_TABLE: store.table.tableName,
        JOB_QUEUE_URL: jobQueue.queueUrl,
        WEBHOOK_QUEUE_URL: webhooks.queue.queueUrl,
        WEBHOOK_SECRETS_PREFIX: webhooks.secretsPrefix,
        ARTIFACTS_BUCKET: store.artifactsBucket.bucketName,
        ALLOWED_INPUT_BUCKETS: deployment.allowedInputBuckets.join(','),
        ALLOWED_OUTPUT_BUCKETS: deployment.allowedOutputBuckets.join(','),
        RETENTION_DAYS: String(deployment.retentionDays),
        MAX_UPLOAD_BYTES: String(Math.min(deployment.maxInputBytes, MAX_FORM_UPLOAD_BYTES)),
      },
      permissions: [
        allow(
          ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
          [store.table.tableArn],
        ),
        allow(['dynamodb:Query'], [store.tenantIndexArn]),
        allow(['sqs:SendMessage'], [jobQueue.queueArn, webhooks.queue.queueArn]),
        allow(['s3:GetObject', 's3:PutObject'], [store.objects('uploads')]),
        allow(['s3:DeleteObject', 's3:GetObject'], artifacts),
        allow(['s3:ListBucket'], buckets, {
          StringLike: { 's3:prefix': ['jobs/*', '*/jobs/*'] },
        }),
        allow(['secretsmanager:CreateSecret'], [webhooks.secretsArn]),
        terminateOurJobs(compute.jobArns),
      ],
      timeoutSeconds: API_TIMEOUT_SECONDS,
      removalPolicy: removalPolicyOf(deployment),
    });
    webhooks.acknowledgeSecrets(handler.role);
    acknowledgeWildcards(handler.role, [compute.jobArns], JOB_WILDCARD_REASON);
    acknowledgeWildcards(
      handler.role,
      [store.objects('uploads'), ...artifacts],
      'Objects are named by job and tenant, so that a role can know their folders only.',
    );
    return handler;
  }
}

function acknowledgeNoAuthorizer(method: Method, reason: string): void {
  Validations.of(method).acknowledge(
    { id: 'AwsSolutions-APIG4', reason },
    { id: 'AwsSolutions-COG4', reason },
  );
}
