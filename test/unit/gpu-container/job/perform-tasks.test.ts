import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddingsSchema } from '#contracts/embeddings.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import { checkpointKey } from '#contracts/identifiers.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import { transcriptSchema } from '#contracts/transcript.ts';
import type { MediaTools } from '../../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { probeMedia } from '../../../../gpu-container/src/decode/probe.ts';
import { performTasks } from '../../../../gpu-container/src/job/perform-tasks.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { channelsWav } from '../../../environment/channels-wav.ts';
import { type LoopbackAws, startLoopbackAws } from '../../../environment/loopback-aws.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { makeScratchDir } from '../../../environment/scratch-dir.ts';
import { readKennedy } from '../transcribe/demo-speech.ts';
import { sampleContext } from './sample-context.ts';
import { JOB_ID, sampleEnvironment, sampleRecord } from './sample-job.ts';

const VOICE_MODEL = 'pyannote-embedding';
const SENTENCE_MODEL = 'all-minilm-l6-v2';

let aws: LoopbackAws;
let tools: MediaTools;
let kennedy: Float32Array;

beforeAll(async () => {
  aws = await startLoopbackAws();
  await aws.createBucket('artifacts');
  tools = await findMediaTools();
  kennedy = await readKennedy();
}, 300_000);

afterAll(() => aws[Symbol.asyncDispose]());

type Diarization = NonNullable<JobRequestInput['tasks']['diarization']>;

/** Performs the tasks on a few words, or on other samples, with these models out of reach. */
async function perform(
  diarization: Diarization,
  options: {
    samples?: Float32Array;
    failures?: Record<string, Error>;
    attempt?: number;
    transcription?: JobRequestInput['tasks']['transcription'];
    textEmbedding?: JobRequestInput['tasks']['textEmbedding'];
    signal?: AbortSignal;
  } = {},
) {
  const { samples = kennedy, failures = {}, attempt = 1, signal } = options;
  await using scratch = await makeScratchDir();
  const path = join(scratch.path, 'input');
  await writeFile(path, channelsWav([samples]));
  const facts = await probeMedia(path, { ffprobe: tools.ffprobe, maxSeconds: 60 });
  const store = modelStoreFromEnvironment();
  const context = sampleContext({
    record: sampleRecord(
      {},
      {
        tasks: {
          transcription: { model: 'tiny', ...options.transcription },
          diarization,
          ...(options.textEmbedding && { textEmbedding: options.textEmbedding }),
        },
      },
    ),
    tools,
    scratchDir: scratch.path,
    ...(signal && { signal }),
    deps: {
      environment: sampleEnvironment(attempt),
      s3: aws.s3,
      models: {
        ...store,
        pull: (id, how) =>
          failures[id] === undefined ? store.pull(id, how) : Promise.reject(failures[id]),
      },
    },
  });
  const media = {
    path,
    facts,
    bytes: 0,
    sniffedType: null,
    isPicture: false,
    sha256: `sha-of-${samples.length}`,
  };
  return await performTasks(media, context);
}

const silence = new Float32Array(16_000);
const OFFLINE = new ReelscribeError('MODEL_UNAVAILABLE_OFFLINE');

describe('diarization beside a transcription', () => {
  it('needs its models no more than their absence needs a word: the transcript has no speakers', async () => {
    const { outcomes, transcript, modelIds } = await perform(
      {},
      { failures: { [VOICE_MODEL]: OFFLINE } },
    );

    expect(outcomes).toMatchObject({
      transcription: { status: 'SUCCEEDED' },
      diarization: { status: 'FAILED', failure: { code: 'MODEL_UNAVAILABLE_OFFLINE' } },
    });
    expect(transcriptSchema.parse(transcript).text).toContain('country');
    expect(transcript).not.toHaveProperty('speakers');
    expect(transcript?.warnings).toMatchObject([
      { code: 'DIARIZATION_FAILED', cause: 'MODEL_UNAVAILABLE_OFFLINE' },
    ]);
    expect(modelIds).toEqual(['whisper-tiny']);
  }, 60_000);

  it('fails with a code of its own where something fails that has none', async () => {
    const failures = { [VOICE_MODEL]: new TypeError('protobuf parsing failed') };
    const { outcomes, transcript } = await perform({}, { failures, samples: silence });

    expect(outcomes.diarization).toMatchObject({ failure: { code: 'DIARIZATION_FAILED' } });
    expect(transcript?.warnings[0]).toMatchObject({ cause: 'DIARIZATION_FAILED' });
  });

  it.each([
    ['a foreign error', new TypeError('protobuf parsing failed'), 'DIARIZATION_FAILED'],
    ['one of ours', OFFLINE, 'MODEL_UNAVAILABLE_OFFLINE'],
  ])('fails the job where it is required: %s', async (_, error, code) => {
    const failures = { [VOICE_MODEL]: error };
    await expect(
      perform({ required: true }, { failures, samples: silence, attempt: MAX_ATTEMPTS }),
    ).rejects.toMatchObject({ code });
  });

  it('is tried again while there are attempts, and nothing of the transcription with it', async () => {
    const failures = { [VOICE_MODEL]: new ReelscribeError('MODEL_DOWNLOAD_FAILED') };
    await expect(perform({}, { failures })).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
    });
    const { Body } = await aws.s3.send(
      new GetObjectCommand({ Bucket: 'artifacts', Key: checkpointKey(JOB_ID) }),
    );
    expect(await Body?.transformToString()).toContain('country');

    const { outcomes, transcript } = await perform({}, { failures, attempt: MAX_ATTEMPTS });
    expect(outcomes.diarization?.status).toBe('FAILED');
    expect(transcript?.text).toContain('country');
  }, 60_000);

  it('fails with the transcription, for its reason', async () => {
    const failures = { 'whisper-tiny': OFFLINE };
    const { outcomes, transcript, modelIds } = await perform(
      {},
      { failures, samples: silence, transcription: { required: false } },
    );

    const failed = { status: 'FAILED', failure: { code: 'MODEL_UNAVAILABLE_OFFLINE' } };
    expect(outcomes).toMatchObject({ transcription: failed, diarization: failed });
    expect({ transcript, modelIds }).toEqual({ transcript: undefined, modelIds: [] });
  });

  it('finds nobody where nobody speaks, and has nothing to warn of', async () => {
    const { outcomes, transcript } = await perform({ backend: 'noop' }, { samples: silence });

    expect(outcomes.diarization?.status).toBe('SUCCEEDED');
    expect(transcriptSchema.parse(transcript)).toMatchObject({
      speakers: [],
      turns: [],
      diarization: { backend: 'noop', models: [] },
    });
    expect(transcript?.warnings.map(({ code }) => code)).toEqual(['NO_SPEECH']);
  });

  it('takes one channel for one speaker without any model of voices', async () => {
    const failures = { [VOICE_MODEL]: OFFLINE };
    const { transcript } = await perform({ perChannel: true }, { failures });

    expect(transcriptSchema.parse(transcript).speakers).toMatchObject([
      { label: 'SPEAKER_00', confidence: 1 },
    ]);
    expect(transcript?.segments.every(({ speaker }) => speaker === 'SPEAKER_00')).toBe(true);
    expect(transcript?.metrics.stages.map(({ stage }) => stage)).toContain('diarize');
  }, 60_000);
});

describe('an embedding beside a transcription', () => {
  const silent = { samples: silence, attempt: MAX_ATTEMPTS };

  it('knows who says what it embeds, and is told of in the metrics', async () => {
    const { outcomes, transcript, embeddings, modelIds } = await perform(
      { perChannel: true },
      { textEmbedding: { granularity: 'speaker-turn' } },
    );

    expect(outcomes.textEmbedding?.status).toBe('SUCCEEDED');
    const { text } = embeddingsSchema.parse(embeddings?.document);
    expect(text).toMatchObject({ model: SENTENCE_MODEL, dims: 384, granularity: 'speaker-turn' });
    expect(text?.items[0]).toMatchObject({ index: 0, speaker: 'SPEAKER_00' });
    expect(text?.items.map((item) => item.text).join(' ')).toBe(transcript?.text);
    expect(embeddings?.text).toHaveLength(text?.items.length ?? 0);
    expect(modelIds).toEqual(['whisper-tiny', SENTENCE_MODEL]);
    expect(transcript?.metrics.stages.map(({ stage }) => stage)).toContain('embed');
  }, 60_000);

  it('is empty where nobody speaks', async () => {
    const { outcomes, embeddings } = await perform(
      { backend: 'noop' },
      { ...silent, textEmbedding: {} },
    );

    expect(outcomes.textEmbedding?.status).toBe('SUCCEEDED');
    expect(embeddings).toMatchObject({ document: { text: { items: [] }, warnings: [] } });
  });

  it.each([
    ['a foreign error', new TypeError('protobuf parsing failed'), 'TEXT_EMBEDDING_FAILED'],
    ['one of ours', OFFLINE, 'MODEL_UNAVAILABLE_OFFLINE'],
  ])('that fails leaves a warning where it is not required: %s', async (_, error, code) => {
    const { outcomes, transcript, embeddings, modelIds } = await perform(
      { backend: 'noop' },
      { ...silent, textEmbedding: { required: false }, failures: { [SENTENCE_MODEL]: error } },
    );

    expect(outcomes.textEmbedding).toMatchObject({ status: 'FAILED', failure: { code } });
    expect(transcript?.warnings.map((one) => one.code)).toEqual(['NO_SPEECH']);
    expect(embeddings?.text).toBeUndefined();
    expect(embeddingsSchema.parse(embeddings?.document).warnings).toMatchObject([
      { code: 'TEXT_EMBEDDING_FAILED', cause: code },
    ]);
    expect(modelIds).toEqual(['whisper-tiny']);
  });

  it('that fails fails the job unless the request says otherwise', async () => {
    const failures = { [SENTENCE_MODEL]: OFFLINE };
    await expect(
      perform({ backend: 'noop' }, { ...silent, textEmbedding: {}, failures }),
    ).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE_OFFLINE' });
  });
});
