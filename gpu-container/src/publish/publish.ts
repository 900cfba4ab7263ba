import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { ARTIFACTS, type Artifact, type ArtifactKind } from '#contracts/artifacts.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { artifactsPrefix } from '#contracts/identifiers.ts';
import type { Manifest } from '#contracts/job-result.ts';
import type { RenderedArtifact } from '../render/render.ts';

/** Where the artifacts of one job go. */
export type Destination = { jobId: string; bucket: string; prefix: string };

const PARALLEL_UPLOADS = 4;

/**
 * Stores the artifacts of a job. Names and contents depend on the job alone, so
 * that an attempt that is repeated writes the same objects again.
 *
 * @throws ReelscribeError `PUBLISH_FAILED`
 */
export async function publishArtifacts(
  s3: S3Client,
  destination: Destination,
  rendered: readonly RenderedArtifact[],
): Promise<Artifact[]> {
  const limit = pLimit(PARALLEL_UPLOADS);
  return Promise.all(
    rendered.map(({ kind, body }) => limit(() => put(s3, destination, kind, body))),
  );
}

/**
 * Stores the manifest. It comes last: who finds it finds all that it lists.
 *
 * @throws ReelscribeError `PUBLISH_FAILED`
 */
export function publishManifest(
  s3: S3Client,
  destination: Destination,
  manifest: Manifest,
): Promise<Artifact> {
  return put(s3, destination, 'manifest', `${JSON.stringify(manifest, null, 2)}\n`);
}

async function put(
  s3: S3Client,
  destination: Destination,
  kind: ArtifactKind,
  content: RenderedArtifact['body'],
): Promise<Artifact> {
  const { file, contentType } = ARTIFACTS[kind];
  const key = `${artifactsPrefix(destination.jobId, destination.prefix)}/${file}`;
  const body = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: destination.bucket,
        Key: key,
        Body: body,
        ContentType: contentType,
      }),
    );
  } catch (cause) {
    throw new ReelscribeError(
      'PUBLISH_FAILED',
      `${file} could not be written to ${destination.bucket}`,
      {
        cause,
      },
    );
  }
  return {
    kind,
    bucket: destination.bucket,
    key,
    bytes: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    contentType,
  };
}
