import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkpointKey } from '#contracts/identifiers.ts';
import { warning } from '#contracts/transcript.ts';
import {
  type ChannelState,
  createCheckpointStore,
} from '../../../../gpu-container/src/job/checkpoint.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { sampleSegment } from '../sample-transcript.ts';
import { JOB_ID } from './sample-job.ts';

const BUCKET = 'artifacts';
const { id: _, ...SEGMENT } = sampleSegment({ text: 'Hello.', end: 1 / 3 });
const STATE: ChannelState['state'] = {
  cursor: { next: 4, open: [{ span: 3, seekSamples: 16_000 }] },
  batchSize: 2,
  language: { code: 'en', probability: 0.987654321 },
  segments: [SEGMENT],
  warnings: [warning('WINDOW_SKIPPED', { start: 1, end: 2 })],
};
const CHANNELS: ChannelState[] = [
  { channel: 0, state: STATE },
  { channel: 2, state: { ...STATE, language: null, segments: [] } },
];

/** As it was before channels could be transcribed separately. */
const EARLIER_VERSION = JSON.stringify({
  version: 1,
  inputSha256: 'media-1',
  transcription: STATE,
});

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
    for (const states of [[], [{ state: STATE }], CHANNELS]) {
      await checkpoints.save('media-1', states);

      expect(await checkpoints.load('media-1')).toEqual(states);
    }
  });

  it('is not there for a job that has stored none, for other media, or once it is removed', async () => {
    const checkpoints = storeOf(JOB_ID);
    await checkpoints.save('media-1', CHANNELS);

    expect(await storeOf('01J9Z3X8M4T6V7W8Y9ABCDEFGJ').load('media-1')).toEqual([]);
    expect(await checkpoints.load('media-2')).toEqual([]);
    await checkpoints.remove();
    expect(await checkpoints.load('media-1')).toEqual([]);
    await expect(checkpoints.remove()).resolves.toBeUndefined();
  });

  it.each(['{}', '{"version":2', '{"version":2}', 'null', EARLIER_VERSION])(
    'that reads %j is left alone rather than trusted',
    async (body) => {
      await aws.s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: checkpointKey(JOB_ID), Body: body }),
      );

      expect(await storeOf(JOB_ID).load('media-1')).toEqual([]);
    },
  );

  it('that cannot be asked for is an error, not an absent one', async () => {
    const checkpoints = createCheckpointStore(aws.s3, 'no-such-bucket', JOB_ID);

    await expect(checkpoints.load('media-1')).rejects.toThrow();
  });
});
