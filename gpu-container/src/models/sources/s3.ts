import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type FetchFiles, SourceError } from './source.ts';

/** An object of the deployment's model bucket. */
export type S3Location = { kind: 's3'; bucket: string; key: string };

/** The part of the S3 client that is used. */
export type S3Sender = Pick<S3Client, 'send'>;

/** Fetches from a bucket; the client brings its own retries. */
export function fetchFromS3(client: S3Sender | undefined): FetchFiles<S3Location> {
  return async (wanted, deliver) => {
    if (client === undefined) {
      throw new SourceError('no bucket is configured', { transient: false });
    }
    for (const { name, location } of wanted) {
      const command = new GetObjectCommand({ Bucket: location.bucket, Key: location.key });
      const { Body } = await (client as S3Client).send(command).catch((cause: Error) => {
        throw new SourceError(`${location.key}: ${cause.name}`, { transient: false, cause });
      });
      if (Body === undefined) {
        throw new SourceError(`${location.key} has no body`, { transient: false });
      }
      await deliver(name, Body as Readable);
    }
  };
}
