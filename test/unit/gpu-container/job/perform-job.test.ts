import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import { MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import { warning } from '#contracts/transcript.ts';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { performJob } from '../../../../gpu-container/src/job/perform-job.ts';
import type { WorkerDependencies } from '../../../../gpu-container/src/job/worker-dependencies.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { reportPlacement } from '../../../../gpu-container/src/onnx/provider/placement-reports.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { sineWav } from '../../../environment/sine-wav.ts';
import { JOB_ID, sampleEnvironment, sampleRecord, silentLog } from './sample-job.ts';

const GPU = { name: 'NVIDIA L4', driver: '580.95.05', memoryMib: 23_034 };
/** Of a model whose products have no CUDA kernel. */
const ON_CPU = {
  nodes: { CPUExecutionProvider: 9, CUDAExecutionProvider: 1 },
  seconds: { CPUExecutionProvider: 0.9, CUDAExecutionProvider: 0.01 },
  runSeconds: 1,
  cpuOperators: [{ opType: 'MatMulInteger', count: 9, seconds: 0.9 }],
  deviceShare: 0.1,
};

let aws: LoopbackAws;
let tools: MediaTools;

beforeAll(async () => {
  aws = await startLoopbackAws();
  await aws.createBucket('media');
  await aws.createBucket('artifacts');
  await aws.createBucket('elsewhere');
  const body = sineWav({ seconds: 2 });
  await aws.s3.send(new PutObjectCommand({ Bucket: 'media', Key: 'talk.wav', Body: body }));
  tools = await findMediaTools();
}, 300_000);

afterAll(() => aws[Symbol.asyncDispose]());

function perform(
  options: {
    attempt?: number;
    models?: WorkerDependencies['models'];
    request?: Parameters<typeof sampleRecord>[1];
    findDevice?: WorkerDependencies['findDevice'];
    findTools?: WorkerDependencies['findTools'];
  } = {},
) {
  const deps: WorkerDependencies = {
    environment: sampleEnvironment(options.attempt),
    store: {} as never,
    outbox: {} as never,
    s3: aws.s3,
    agent: {} as never,
    models: options.models ?? modelStoreFromEnvironment(),
    findTools: options.findTools ?? (async () => tools),
    findDevice: options.findDevice ?? (async () => ({ device: 'cpu', warnings: [] })),
    log: silentLog(),
  };
  const record = sampleRecord({}, options.request);
  return performJob(record, deps, () => {}, new AbortController().signal);
}

async function keysIn(bucket: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key);
}

describe('performing a job', () => {
  it('writes to the bucket and prefix that were asked for, the manifest last', async () => {
    const result = await perform({
      request: { output: { bucket: 'elsewhere', prefix: 'talks/' }, outputs: ['json', 'srt'] },
    });

    expect(result.artifacts.map(({ bucket, key }) => `${bucket}/${key}`)).toEqual(
      ['transcript.json', 'transcript.srt', 'manifest.json'].map(
        (file) => `elsewhere/talks/jobs/${JOB_ID}/${file}`,
      ),
    );
    for (const { bucket, key, bytes } of result.artifacts) {
      const head = await aws.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      expect(head.ContentLength).toBe(bytes);
    }
    expect(await keysIn('artifacts')).toEqual([]);
    expect(result.metrics.coldStartSeconds).toBeLessThan(result.metrics.wallSeconds);
  }, 60_000);

  it('tells what it ran on, and what there is to say of that', async () => {
    const request = { tasks: { transcription: { model: 'tiny', required: false } } };
    const unasked = () => Promise.reject(new Error('not asked for'));
    const models = {
      pull: async () => {
        reportPlacement({ model: 'whisper-tiny/decoder.onnx', placement: ON_CPU });
        throw new ReelscribeError('MODEL_DOWNLOAD_FAILED');
      },
      has: unasked,
      verify: unasked,
    };
    const { metrics, warnings } = await perform({
      request,
      models,
      attempt: MAX_ATTEMPTS,
      findDevice: async () => ({ device: 'cuda', gpu: GPU, warnings: [] }),
    });

    expect(metrics).toMatchObject({ device: 'cuda', gpu: GPU });
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'GPU_BARELY_USED', name: 'whisper-tiny/decoder.onnx' }),
    ]);
  });

  it('says so where the CPU took the place of the GPU', async () => {
    const { metrics, warnings } = await perform({
      findDevice: async () => ({
        device: 'cpu',
        warnings: [warning('RAN_ON_CPU', { cause: 'GPU_UNAVAILABLE' })],
      }),
    });

    expect(metrics.device).toBe('cpu');
    expect(metrics).not.toHaveProperty('gpu');
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'RAN_ON_CPU', cause: 'GPU_UNAVAILABLE' }),
    );
  }, 60_000);

  it('fails without a GPU that was asked for, before anything else is done', async () => {
    const untouched = () => Promise.reject(new Error('must not get so far'));
    const failing = perform({
      findDevice: () => Promise.reject(new ReelscribeError('GPU_UNAVAILABLE')),
      findTools: untouched,
    });

    await expect(failing).rejects.toMatchObject({ code: 'GPU_UNAVAILABLE' });
  });

  describe('whose transcription is not required', () => {
    const unavailable = () => Promise.reject(new ReelscribeError('MODEL_DOWNLOAD_FAILED'));
    const models = { pull: unavailable, has: unavailable, verify: unavailable };
    const request = { tasks: { transcription: { model: 'tiny', required: false } } };

    it('tries a passing failure again while there are attempts', async () => {
      await expect(perform({ models, request })).rejects.toMatchObject({
        code: 'MODEL_DOWNLOAD_FAILED',
      });
    });

    it('succeeds without it in the last one', async () => {
      const { tasks, artifacts } = await perform({ models, request, attempt: MAX_ATTEMPTS });

      expect(tasks.transcription).toMatchObject({
        status: 'FAILED',
        failure: { code: 'MODEL_DOWNLOAD_FAILED' },
      });
      expect(artifacts.map(({ kind }) => kind)).toEqual(['manifest']);
    });
  });
});
