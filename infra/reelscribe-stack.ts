import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { GpuCompute } from './gpu-compute.ts';
import { JobApi } from './job-api.ts';
import { JobQueue } from './job-queue.ts';
import { JobRecovery } from './job-recovery.ts';
import { JobStore } from './job-store.ts';
import { Observability } from './observability.ts';
import { Webhooks } from './webhooks.ts';
import { WorkerJob } from './worker-job.ts';

/** One deployment, in the order in which a job meets its parts, but for the API at its head. */
export class ReelscribeStack extends Stack {
  constructor(scope: Construct, deployment: Deployment) {
    super(scope, deployment.stackName, {
      description: 'Turns audio and video into transcripts on GPUs of this account.',
    });
    const store = new JobStore(this, 'Store', deployment);
    const webhooks = new Webhooks(this, 'Webhooks', deployment, store);
    const compute = new GpuCompute(this, 'Compute', deployment);
    const worker = new WorkerJob(this, 'Worker', deployment, {
      store,
      webhookQueue: webhooks.queue,
    });
    const jobs = new JobQueue(this, 'Jobs', deployment, {
      store,
      webhookQueue: webhooks.queue,
      compute,
      worker,
    });
    const recovery = new JobRecovery(this, 'Recovery', deployment, {
      store,
      compute,
      jobQueue: jobs.queue,
      webhookQueue: webhooks.queue,
    });
    const api = new JobApi(this, 'Api', deployment, {
      store,
      jobQueue: jobs.queue,
      webhooks,
      compute,
    });
    new Observability(this, 'Observability', deployment.alarmEmail, {
      api,
      jobs,
      webhooks,
      recovery,
    });

    const outputs: Record<string, string> = {
      EnqueueUrl: api.restApi.urlForPath('/v1/jobs'),
      ...(api.apiKey === undefined ? {} : { ApiKeyId: api.apiKey.keyId }),
      WebhookSecretsPrefix: webhooks.secretsPrefix,
      ArtifactsBucket: store.artifactsBucket.bucketName,
      JobTable: store.table.tableName,
      BatchJobQueue: compute.jobQueue.jobQueueArn,
      JobDeadLetterQueueUrl: jobs.deadLetterQueue.queueUrl,
      WebhookDeadLetterQueueUrl: webhooks.deadLetterQueue.queueUrl,
      EventDeadLetterQueueUrl: recovery.deadLetterQueue.queueUrl,
    };
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value });
    }
  }
}
