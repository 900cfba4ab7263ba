import { type Context, Hono } from 'hono';
import {
  type JobAccepted,
  type JobList,
  listQuerySchema,
  replayRequestSchema,
} from '#contracts/api.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { ApiEnv } from '../http/api-env.ts';
import { baseUrl } from '../http/base-url.ts';
import { parseRequest, readJson, readOptionalJson } from '../http/json-body.ts';
import { acceptJob } from '../jobs/accept-job.ts';
import { cancelJob } from '../jobs/cancel-job.ts';
import { deleteJob } from '../jobs/delete-job.ts';
import { findJob, type JobReference } from '../jobs/find-job.ts';
import { jobSummary, jobView } from '../jobs/job-view.ts';
import { listJobs } from '../jobs/list-jobs.ts';
import { replayWebhooks } from '../jobs/replay-webhooks.ts';

export function jobRoutes(deps: ApiDependencies): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.post('/jobs', async (context) => {
    const { jobId } = await acceptJob(
      { ...deps, log: context.get('log') },
      {
        tenant: context.get('tenant'),
        body: await readJson(context),
        idempotencyKey: context.req.header('idempotency-key'),
      },
    );
    context.set('log', context.get('log').child({ jobId }));
    const statusUrl = `${baseUrl(context)}/v1/jobs/${jobId}`;
    const accepted: JobAccepted = { jobId, status: 'QUEUED', statusUrl };
    return context.json(accepted, 202, { location: statusUrl });
  });

  routes.get('/jobs', async (context) => {
    const query = parseRequest(listQuerySchema, queryOf(context));
    const { jobs, ...rest } = await listJobs(deps, context.get('tenant'), query);
    const list: JobList = { jobs: jobs.map(jobSummary), ...rest };
    return context.json(list);
  });

  routes.get('/jobs/:jobId', async (context) => {
    const reference = referenceOf(context);
    return context.json(await jobView(deps, await findJob(deps, reference)));
  });

  routes.delete('/jobs/:jobId', async (context) => {
    const reference = referenceOf(context);
    await deleteJob(deps, reference);
    return context.body(null, 204);
  });

  routes.post('/jobs/:jobId/cancel', async (context) => {
    const reference = referenceOf(context);
    return context.json(
      await jobView(deps, await cancelJob({ ...deps, log: context.get('log') }, reference)),
    );
  });

  routes.post('/jobs/:jobId/webhooks/replay', async (context) => {
    const reference = referenceOf(context);
    const { eventIds } = parseRequest(replayRequestSchema, await readOptionalJson(context));
    return context.json({ replayed: await replayWebhooks(deps, reference, eventIds) }, 202);
  });

  return routes;
}

/** The job that the path names, for the caller; from here on the log names it too. */
function referenceOf(context: Context<ApiEnv, '/jobs/:jobId'>): JobReference {
  const jobId = context.req.param('jobId');
  context.set('log', context.get('log').child({ jobId }));
  return { tenant: context.get('tenant'), jobId };
}

/** A parameter that is given twice is an array, which no schema takes: neither value is ignored. */
function queryOf(context: Context<ApiEnv>): Record<string, string | string[] | undefined> {
  const queries = Object.entries(context.req.queries());
  return Object.fromEntries(
    queries.map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}
