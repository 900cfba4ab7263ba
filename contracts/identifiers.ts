import { z } from 'zod';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export const jobIdSchema = z.string().regex(ULID, 'not a job id').meta({
  id: 'JobId',
  description: 'ULID: sorts by creation time.',
  example: '01J9Z3X8M4T6V7W8Y9ABCDEFGH',
});

export const uploadIdSchema = z.string().regex(ULID, 'not an upload id').meta({ id: 'UploadId' });

/** Where the file of an upload lies inside the artifacts bucket; one folder per tenant, so that no id can be guessed across. */
export function uploadKey(tenant: string, uploadId: string): string {
  return `uploads/${encodeURIComponent(tenant)}/${uploadId}`;
}

/** The folder of a job's artifacts, without a trailing slash. */
export function artifactsPrefix(jobId: string, prefix = ''): string {
  return `${prefix}jobs/${jobId}`;
}

/** Where the worker keeps what a later attempt of the job can go on from; deleted when the job ends. */
export function checkpointKey(jobId: string): string {
  return `checkpoints/${jobId}.json`;
}
