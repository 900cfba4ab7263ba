import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from '@jest/globals';
import type { AwsClients } from '../../../../lambdas/api/dependencies.ts';
import { TAKEOVER_SECONDS } from '../../../../lambdas/api/jobs/idempotency-keys.ts';
import { ALICE, type ApiAnswer, BOB, s3Job, webhook } from './api-bench.ts';
import { api, aws } from './api-of-each-test.ts';

const KEY = { 'Idempotency-Key': 'the-key' };
const HOUR_SECONDS = 60 * 60;

/** A process whose clock is ahead. */
function startLater(seconds: number) {
  const now = () => new Date(Date.now() + seconds * 1_000);
  return api.startProcess({ overrides: { now } });
}

async function jobIds(): Promise<string[]> {
  const records = await api.recordsOf(ALICE);
  return records.map(({ jobId }) => jobId);
}

describe('an Idempotency-Key', () => {
  it('makes one record and one message of 50 equal POSTs at once, spread over two processes', async () => {
    const processes = [api.startProcess(), api.startProcess()];

    const answers = await Promise.all(
      [...Array(50).keys()].map((index) =>
        processes[index % 2]?.call({ body: { ...s3Job, webhook }, headers: KEY }),
      ),
    );

    const ids = await jobIds();
    expect(ids).toHaveLength(1);
    const accepted = answers.filter((answer) => answer?.status === 202);
    expect(accepted.length).toBeGreaterThan(0);
    for (const answer of answers) {
      if (answer?.status === 202) {
        expect(answer.body.jobId).toBe(ids[0]);
      } else {
        expect(answer).toMatchObject({
          status: 409,
          headers: { 'retry-after': '1' },
          body: { code: 'IDEMPOTENCY_KEY_IN_FLIGHT' },
        });
      }
    }
    expect(await api.jobMessages()).toEqual([{ version: 1, jobId: ids[0] }]);
    expect(await api.webhookMessages()).toHaveLength(1);
  });

  it('answers a repeated request with the same job, whatever the order of its fields', async () => {
    const body = { ...s3Job, metadata: { a: '1', b: '2' } };
    const reordered = {
      metadata: { b: '2', a: '1' },
      tasks: s3Job.tasks,
      input: { s3: { key: 'talk.mp4', bucket: 'media' } },
    };

    const first = await api.call({ body, headers: KEY });
    const second = await startLater(HOUR_SECONDS).call({ body: reordered, headers: KEY });

    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(await jobIds()).toHaveLength(1);
    expect(await api.jobMessages()).toHaveLength(1);
  });

  it('answers a repeated request alike after its notAfter has passed', async () => {
    const notAfter = new Date(Date.now() + 60_000).toISOString();
    const first = await api.call({ body: { ...s3Job, notAfter }, headers: KEY });
    const second = await startLater(HOUR_SECONDS).call({
      body: { ...s3Job, notAfter },
      headers: KEY,
    });

    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
  });

  it('refuses another body', async () => {
    await api.call({ body: s3Job, headers: KEY });
    const other = await api.call({ body: { ...s3Job, priority: 1 }, headers: KEY });

    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await jobIds()).toHaveLength(1);
  });

  it('belongs to one caller', async () => {
    const mine = await api.call({ body: s3Job, headers: KEY });
    const theirs = await api.call({ body: { ...s3Job, priority: 1 }, headers: KEY, tenant: BOB });

    expect(theirs.status).toBe(202);
    expect(theirs.body.jobId).not.toBe(mine.body.jobId);
  });

  it('ends after 24 hours, though DynamoDB has not deleted it yet', async () => {
    const first = await api.call({ body: s3Job, headers: KEY });
    const sameDay = await startLater(23 * HOUR_SECONDS).call({ body: s3Job, headers: KEY });
    const nextDay = await startLater(25 * HOUR_SECONDS).call({ body: s3Job, headers: KEY });

    expect(sameDay.body.jobId).toBe(first.body.jobId);
    expect(nextDay.status).toBe(202);
    expect(nextDay.body.jobId).not.toBe(first.body.jobId);
  });

  it('appears in no list of jobs and names no caller', async () => {
    await api.call({ body: s3Job, headers: KEY });
    const { Items = [] } = await aws.dynamo.send(
      new ScanCommand({ TableName: api.environment.JOB_TABLE }),
    );
    const item = Items.find(({ id }) => String(id).startsWith('idempotency#'));

    expect(item).toMatchObject({ state: 'done' });
    expect(JSON.stringify(item)).not.toContain(ALICE);
    expect(JSON.stringify(item)).not.toContain('the-key');
    expect(await jobIds()).toHaveLength(1);
  });

  it('is free again after a failure before anything was created', async () => {
    const secrets = { send: () => Promise.reject(new Error('secrets down')) } as never;
    const broken = api.startProcess({ clients: { ...api.clients, secrets } });
    const body = { ...s3Job, webhook };

    expect((await broken.call({ body, headers: KEY })).status).toBe(500);
    expect((await api.call({ body, headers: KEY })).status).toBe(202);
    expect(await jobIds()).toHaveLength(1);
  });

  it('stays with its job id where the write of the record seemed to fail', async () => {
    const dead = dieAt(api.clients, 2, 'after');
    const broken = api.startProcess({ clients: dead.clients });
    expect((await broken.call({ body: s3Job, headers: KEY })).status).toBe(500);
    const [created] = await jobIds();

    const soon = await api.call({ body: s3Job, headers: KEY });
    expect(soon.body.code).toBe('IDEMPOTENCY_KEY_IN_FLIGHT');
    const later = await startLater(TAKEOVER_SECONDS + 1).call({ body: s3Job, headers: KEY });
    expect(later.body.jobId).toBe(created);
  });
});

type Phase = 'before' | 'after';
type Send = (command: object) => Promise<unknown>;

/**
 * Clients of a process that dies at its n-th call of a service: that call does
 * not take effect, or does so unseen, and no later one is made.
 */
function dieAt(clients: AwsClients, callNumber: number, phase: Phase) {
  const calls: string[] = [];
  const mortal = <Client extends object>(client: Client): Client =>
    new Proxy(client, {
      get(target, property) {
        if (property !== 'send') {
          return Reflect.get(target, property);
        }
        return async (command: object) => {
          calls.push(command.constructor.name);
          if (calls.length > callNumber || (calls.length === callNumber && phase === 'before')) {
            throw new Error('process is dead');
          }
          const send = Reflect.get(target, property) as unknown as Send;
          const output = await send.call(target, command);
          if (calls.length === callNumber) {
            throw new Error('process is dead');
          }
          return output;
        };
      },
    });
  return {
    calls,
    clients: {
      dynamo: mortal(clients.dynamo),
      sqs: mortal(clients.sqs),
      s3: mortal(clients.s3),
      batch: clients.batch,
      secrets: mortal(clients.secrets),
    },
  };
}

/** The calls of a POST with key and webhook, in their order. */
const STEPS = [
  'PutCommand', // the key
  'CreateSecretCommand',
  'PutCommand', // the record
  'UpdateCommand', // the key is done
  'SendMessageCommand', // the job
  'UpdateCommand', // enqueuedAt
  'SendMessageCommand', // job.queued
  'UpdateCommand', // which is not pending any more
];

describe('a process that dies while it accepts a job', () => {
  const body = { ...s3Job, webhook };
  const post = (process: { call: typeof api.call }): Promise<ApiAnswer> =>
    process.call({ body, headers: KEY });

  it('makes the calls that the cases below go through', async () => {
    const { clients, calls } = dieAt(api.clients, Number.POSITIVE_INFINITY, 'before');
    expect((await post(api.startProcess({ clients }))).status).toBe(202);
    expect(calls).toEqual(STEPS);
  });

  const deaths = STEPS.flatMap((step, index) =>
    (['before', 'after'] as const).map((phase) => [index + 1, phase, step] as const),
  );

  it.each(deaths)(
    'at call %i, %s %s, leaves one job to whoever repeats the request',
    async (callNumber, phase) => {
      const { clients } = dieAt(api.clients, callNumber, phase);
      const first = await post(api.startProcess({ clients }));
      const leftBehind = await jobIds();
      const recordWritten = callNumber > 3 || (callNumber === 3 && phase === 'after');
      expect(leftBehind).toHaveLength(recordWritten ? 1 : 0);
      expect(first.status).toBe(callNumber > 3 ? 202 : 500);

      const repeated = await post(startLater(TAKEOVER_SECONDS + 1));
      const again = await post(startLater(TAKEOVER_SECONDS + 2));

      const ids = await jobIds();
      expect(ids).toHaveLength(1);
      expect(repeated).toMatchObject({ status: 202, body: { jobId: ids[0] } });
      expect(again.body).toEqual(repeated.body);
      if (recordWritten) {
        expect(ids).toEqual(leftBehind);
      }

      const record = await api.store.get(ids[0] ?? '');
      const sent = await api.jobMessages();
      const told = await api.webhookMessages();
      // What was not sent is visible to the sweeper; nothing was sent of another job.
      expect(record?.sweep).toBe('open');
      expect(sent.length > 0 || record?.enqueuedAt === undefined).toBe(true);
      expect(told.length > 0 || Object.keys(record?.pendingEvents ?? {}).length > 0).toBe(true);
      for (const message of [...sent, ...told]) {
        expect(message).toMatchObject({ jobId: ids[0] });
      }
    },
  );
});
