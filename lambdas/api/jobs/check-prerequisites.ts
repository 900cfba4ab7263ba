import { HeadObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { uploadKey } from '#contracts/identifiers.ts';
import type { JobRequest } from '#contracts/job-request.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { Refusal } from '../refusal.ts';

export type PrerequisiteDependencies = Pick<
  ApiDependencies,
  'environment' | 's3' | 'webhookSecrets' | 'now'
>;

/**
 * Checks what a request's text cannot tell: that its time is not over, that its
 * upload has arrived, and that its webhooks can be signed.
 *
 * @throws {Refusal} INVALID_REQUEST or UPLOAD_NOT_FOUND
 */
export async function checkPrerequisites(
  deps: PrerequisiteDependencies,
  tenant: string,
  request: JobRequest,
): Promise<void> {
  if (request.notAfter !== undefined && Date.parse(request.notAfter) <= deps.now().getTime()) {
    throw new Refusal('INVALID_REQUEST', {
      issues: [{ path: 'notAfter', reason: 'INVALID_VALUE', message: 'lies in the past' }],
    });
  }
  if ('uploadId' in request.input) {
    await checkUpload(deps, tenant, request.input.uploadId);
  }
  if (request.webhook !== undefined) {
    await deps.webhookSecrets.ensure(tenant);
  }
}

async function checkUpload(
  deps: PrerequisiteDependencies,
  tenant: string,
  uploadId: string,
): Promise<void> {
  try {
    await deps.s3.send(
      new HeadObjectCommand({
        Bucket: deps.environment.ARTIFACTS_BUCKET,
        Key: uploadKey(tenant, uploadId),
      }),
    );
  } catch (error) {
    // S3 answers 403 for an absent key to callers that may not list the bucket.
    if (error instanceof S3ServiceException && isAbsent(error)) {
      throw new Refusal('UPLOAD_NOT_FOUND', {
        issues: [
          { path: 'input.uploadId', reason: 'INVALID_VALUE', message: 'no file has arrived' },
        ],
      });
    }
    throw error;
  }
}

function isAbsent(error: S3ServiceException): boolean {
  return [403, 404].includes(error.$metadata.httpStatusCode ?? 0);
}
