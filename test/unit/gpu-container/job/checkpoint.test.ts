import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkpointKey } from '#contracts/identifiers.ts';
import { warning } from '#contracts/transcript.ts';
import {
  createCheckpointStore,
  type TranscriptionState,
} from '../../../../gpu-container/src/job/checkpoint.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { sampleSegment } from '../sample-transcript.ts';
import { JOB_ID } from './sample-job.ts';

const BUCKET = 'artifacts';
const { id: _, ...SEGMENT } = sampleSegment({ text: 'Hello.', end: 1 / 3 });
const STATE: TranscriptionState = {
  cursor: { span: 3, seekSamples: 16_000 },
  language: { code: 'en', probability: 0.987654321 },
  segments: [SEGMENT],
  warnings: [warning('WINDOW_SKIPPED', { start: 1, end: 2 })],
};

let aws: LoopbackAws;
beforeAll(async () => {
  aws = await startLoopbackAws();
  await aws.createBucket(BUCKET);
});
afterAll(() => aws[Symbol.asyncDispose]());

const storeOf = (jobId: string) => createCheckpointStore(aws.s3, BUCKET, jobId);

describe('a checkpoint', () => {
  it('gives back exactly the state that was stored last', async () => {
    const checkpoints = storeOf(JOB_ID);
    await checkpoints.save('media-1', { ...STATE, segments: [] });
    await checkpoints.save('media-1', STATE);

    expect(await checkpoints.load('media-1')).toEqual(STATE);
  });

  it('is not there for a job that has stored none, for other media, or once it is removed', async () => {
    const checkpoints = storeOf(JOB_ID);
    await checkpoints.save('media-1', STATE);

    expect(await storeOf('01J9Z3X8M4T6V7W8Y9ABCDEFGJ').load('media-1')).toBeUndefined();
    expect(await checkpoints.load('media-2')).toBeUndefined();
    await checkpoints.remove();
    expect(await checkpoints.load('media-1')).toBeUndefined();
    await expect(checkpoints.remove()).resolves.toBeUndefined();
  });

  it.each(['{}', '{"version":1', '{"version":2}', 'null'])(
    'that reads %j is left alone rather than trusted',
    async (body) => {
      await aws.s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: checkpointKey(JOB_ID), Body: body }),
      );

      expect(await storeOf(JOB_ID).load('media-1')).toBeUndefined();
    },
  );

  it('that cannot be asked for is an error, not an absent one', async () => {
    const checkpoints = createCheckpointStore(aws.s3, 'no-such-bucket', JOB_ID);

    await expect(checkpoints.load('media-1')).rejects.toThrow();
  });
});
