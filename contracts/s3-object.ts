import { z } from 'zod';

/** 3–63 characters, as S3 demands of a bucket's name. */
export const bucketSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'not a bucket name');

export const s3ObjectSchema = z
  .strictObject({
    bucket: bucketSchema,
    key: z.string().min(1).max(1_024),
    versionId: z.string().min(1).max(1_024).optional(),
  })
  .meta({ id: 'S3Object' });
