import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { JobList, JobView } from '#contracts/api.ts';
import type { Artifact } from '#contracts/artifacts.ts';
import type { JobRecord } from '#contracts/job-record.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** Long enough to follow a link, and shorter than any credentials that sign it live. */
const LINK_EXPIRY_SECONDS = 15 * 60;

/** A job as a list shows it: the record without what is ours alone. */
export function jobSummary(record: JobRecord): JobList['jobs'][number] {
  const { jobId, status, attempt, createdAt, updatedAt, startedAt, finishedAt } = record;
  const { request, progress, result, failure } = record;
  return {
    jobId,
    status,
    attempt,
    createdAt,
    updatedAt,
    startedAt,
    finishedAt,
    request,
    progress,
    result,
    failure,
  };
}

/** A job as its caller reads it, with deliveries and, where it has artifacts, links to them. */
export async function jobView(
  deps: Pick<ApiDependencies, 's3'>,
  record: JobRecord,
): Promise<JobView> {
  return {
    ...jobSummary(record),
    ...(record.request.webhook === undefined ? {} : { webhooks: deliveriesOf(record) }),
    ...(record.result === undefined ? {} : { links: await linksTo(deps, record.result.artifacts) }),
  };
}

function deliveriesOf(record: JobRecord): JobView['webhooks'] {
  return Object.fromEntries(
    Object.entries(record.deliveries).map(([eventId, { attemptingUntil: _, ...delivery }]) => [
      eventId,
      delivery,
    ]),
  );
}

async function linksTo(
  deps: Pick<ApiDependencies, 's3'>,
  artifacts: readonly Artifact[],
): Promise<JobView['links']> {
  const links = await Promise.all(
    artifacts.map(async ({ bucket, key, kind }) => {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: `attachment; filename="${key.slice(key.lastIndexOf('/') + 1)}"`,
      });
      const link = await getSignedUrl(deps.s3, command, { expiresIn: LINK_EXPIRY_SECONDS });
      return [kind, link] as const;
    }),
  );
  return Object.fromEntries(links);
}
