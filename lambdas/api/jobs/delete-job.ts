import {
  DeleteObjectsCommand,
  type ObjectIdentifier,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { ReelscribeError } from '#contracts/errors.ts';
import { artifactsPrefix } from '#contracts/identifiers.ts';
import { isFinal } from '#contracts/job-record.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findJob, type JobReference } from './find-job.ts';

type DeleteDependencies = Pick<ApiDependencies, 'store' | 's3' | 'environment'>;

/**
 * Deletes a finished job: its artifacts first, so that after a failure the
 * record is still there to try again with.
 *
 * @throws {ReelscribeError} JOB_NOT_FOUND or JOB_NOT_FINISHED
 */
export async function deleteJob(deps: DeleteDependencies, reference: JobReference): Promise<void> {
  const { jobId, request, status } = await findJob(deps, reference);
  if (!isFinal(status)) {
    throw new ReelscribeError('JOB_NOT_FINISHED', `the job is ${status}`);
  }
  await deleteFolder(deps, {
    bucket: request.output?.bucket ?? deps.environment.ARTIFACTS_BUCKET,
    folder: artifactsPrefix(jobId, request.output?.prefix),
  });
  await deps.store.remove(jobId);
}

async function deleteFolder(
  deps: DeleteDependencies,
  { bucket, folder }: { bucket: string; folder: string },
): Promise<void> {
  const pages = paginateListObjectsV2(
    { client: deps.s3 },
    { Bucket: bucket, Prefix: `${folder}/` },
  );
  for await (const { Contents = [] } of pages) {
    const objects: ObjectIdentifier[] = Contents.map(({ Key }) => ({ Key }));
    if (objects.length === 0) {
      continue;
    }
    const { Errors = [] } = await deps.s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
    );
    if (Errors.length > 0) {
      throw new Error(`S3 kept ${Errors.length} artifacts: ${Errors[0]?.Code}`);
    }
  }
}
