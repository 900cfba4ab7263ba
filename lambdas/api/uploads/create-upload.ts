import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { UploadTicket } from '#contracts/api.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { uploadKey } from '#contracts/identifiers.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** Time to begin the upload in; S3 lets a running one finish. */
const TICKET_EXPIRY_SECONDS = 15 * 60;

/**
 * Makes a form with which one file of exactly the given size and type can be
 * sent to S3, under a name that only this caller's jobs can use.
 *
 * @throws {ReelscribeError} INPUT_TOO_LARGE
 */
export async function createUpload(
  deps: Pick<ApiDependencies, 's3' | 'environment' | 'now' | 'newId'>,
  tenant: string,
  file: { bytes: number; contentType: string },
): Promise<UploadTicket> {
  const { ARTIFACTS_BUCKET, MAX_UPLOAD_BYTES } = deps.environment;
  if (file.bytes > MAX_UPLOAD_BYTES) {
    throw new ReelscribeError(
      'INPUT_TOO_LARGE',
      `${file.bytes} bytes; this deployment takes uploads of at most ${MAX_UPLOAD_BYTES}`,
    );
  }
  const uploadId = deps.newId();
  const { url, fields } = await createPresignedPost(deps.s3, {
    Bucket: ARTIFACTS_BUCKET,
    Key: uploadKey(tenant, uploadId),
    Fields: { 'Content-Type': file.contentType },
    Conditions: [['content-length-range', file.bytes, file.bytes]],
    Expires: TICKET_EXPIRY_SECONDS,
  });
  const expiresAt = new Date(deps.now().getTime() + TICKET_EXPIRY_SECONDS * 1_000);
  return { uploadId, url, fields, expiresAt: expiresAt.toISOString() };
}
