import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cancel, start } from '#contracts/job-changes.ts';
import type { CrashPlan } from './crashing.ts';
import { type JobSystem, startJobSystem } from './job-system.ts';

/** More than any dispatch makes; the tests see to it that they come to the last. */
const MAX_CALLS = 12;

let system: JobSystem;

beforeEach(async () => {
  system = await startJobSystem();
});
afterEach(async () => {
  await system[Symbol.asyncDispose]();
});

async function expectOneOwnedBatchJob(jobId: string): Promise<void> {
  const live = system.batch.live(jobId);
  expect(live).toHaveLength(1);
  expect(await system.store.get(jobId)).toMatchObject({
    status: 'SUBMITTED',
    batchJobId: live[0]?.jobId,
  });
}

/** Runs a case with a crash at every call there is, until none is left to crash at. */
async function atEveryCall(
  moment: CrashPlan['moment'],
  run: (plan: CrashPlan) => Promise<{ crashed: boolean }>,
): Promise<number> {
  for (let at = 1; at <= MAX_CALLS; at += 1) {
    if (!(await run({ at, moment })).crashed) {
      return at - 1;
    }
  }
  throw new Error(`there are more than ${MAX_CALLS} calls`);
}

describe.each(['before', 'after'] as const)('a dispatcher that dies %s a call', (moment) => {
  it('leaves a job that redelivery hands to AWS Batch exactly once', async () => {
    const calls = await atEveryCall(moment, async (plan) => {
      const { jobId } = await system.accept();
      const { process } = await system.dispatch(jobId, plan);
      await system.redeliver(jobId);
      await expectOneOwnedBatchJob(jobId);
      return { crashed: process.hasEnded() };
    });
    // get, claim, submit, attach
    expect(calls).toBe(4);
  });

  it('leaves a job that the sweeper hands to AWS Batch exactly once, though its message is lost', async () => {
    await atEveryCall(moment, async (plan) => {
      const { jobId } = await system.accept();
      const { process } = await system.dispatch(jobId, plan);
      await system.sweepAndDispatch();
      await expectOneOwnedBatchJob(jobId);
      return { crashed: process.hasEnded() };
    });
  });

  it('while it takes over the claim of another that died, leaves one Batch job too', async () => {
    const afterSubmit: CrashPlan = { at: 3, moment: 'after' };
    const calls = await atEveryCall(moment, async (plan) => {
      const { jobId } = await system.accept();
      await system.dispatch(jobId, afterSubmit);
      system.clock.advance(120);
      const { process } = await system.dispatch(jobId, plan);
      await system.redeliver(jobId);
      await expectOneOwnedBatchJob(jobId);
      return { crashed: process.hasEnded() };
    });
    // get, take over, list, attach
    expect(calls).toBe(4);
  });

  it('leaves a job whose deadline has passed failed and told once', async () => {
    await atEveryCall(moment, async (plan) => {
      system.endpoint.reset();
      const past = new Date(system.clock.now().getTime() - 1_000).toISOString();
      const { jobId } = await system.accept({
        notAfter: past,
        webhook: { url: system.endpoint.url, events: ['job.failed'] },
      });
      const { process } = await system.dispatch(jobId, plan);
      await system.redeliver(jobId);
      await system.sweepAndDispatch();
      await system.deliverWebhooks();

      expect(system.batch.live(jobId)).toEqual([]);
      expect(await system.store.get(jobId)).toMatchObject({
        status: 'FAILED',
        failure: { code: 'DEADLINE_EXCEEDED' },
        pendingEvents: {},
      });
      expect(system.endpoint.received.map(({ headers }) => headers['webhook-id'])).toEqual([
        `evt_${jobId}_failed`,
      ]);
      return { crashed: process.hasEnded() };
    });
  });
});

describe('AWS Batch', () => {
  it('that throttles for as long as a message lives gets the job once, in the end', async () => {
    const { jobId } = await system.accept();
    system.batch.failNext('throttled', 'throttled', 'throttled', 'throttled', 'throttled');
    await system.dispatch(jobId);
    await system.redeliver(jobId);
    expect(await system.store.get(jobId)).toMatchObject({ status: 'QUEUED' });
    expect(system.batch.live(jobId)).toEqual([]);

    await system.sweepAndDispatch();
    await expectOneOwnedBatchJob(jobId);
  });

  it('whose answers are lost over and over gets the job once', async () => {
    const { jobId } = await system.accept();
    system.batch.failNext('lost-answer', 'lost-answer', 'lost-answer');
    await system.dispatch(jobId);
    await system.redeliver(jobId);
    await expectOneOwnedBatchJob(jobId);
    expect(system.batch.jobs.filter(({ jobName }) => jobName === jobId)).toHaveLength(1);
  });

  it('that refuses every job until it is repaired loses none', async () => {
    const { jobId } = await system.accept();
    system.batch.failNext(...Array<'refused'>(15).fill('refused'));
    await system.dispatch(jobId);
    await system.redeliver(jobId);
    for (let run = 0; run < 10; run += 1) {
      await system.sweepAndDispatch();
    }
    await expectOneOwnedBatchJob(jobId);
  });
});

describe('a job that is canceled', () => {
  it.each([1, 2, 3, 4])(
    'after call %d of a dispatcher that dies has no Batch job that runs on',
    async (at) => {
      const record = await system.accept();
      await system.dispatch(record.jobId, { at, moment: 'after' });
      const now = system.clock.iso();
      await system.store.apply(record.jobId, cancel(record, now), now);
      await system.redeliver(record.jobId);

      const canceled = await system.store.get(record.jobId);
      expect(canceled?.status).toBe('CANCELED');
      // A Batch job that the record does not own is refused by the worker's first change.
      for (const { jobId } of system.batch.live(record.jobId)) {
        const change = start(record, { attempt: 1, batchJobId: jobId, now });
        expect(await system.store.apply(record.jobId, change, now)).toBeUndefined();
      }
    },
  );
});
