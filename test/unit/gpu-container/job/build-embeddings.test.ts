import { describe, expect, it } from '@jest/globals';
import { embeddingsSchema } from '#contracts/embeddings.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import { videoEmbeddingSchema } from '#contracts/tasks/video-embedding.ts';
import { warning } from '#contracts/transcript.ts';
import { buildEmbeddings } from '../../../../gpu-container/src/job/build-embeddings.ts';
import type { TextEmbedding } from '../../../../gpu-container/src/job/run-text-embedding.ts';
import type { VideoEmbedding } from '../../../../gpu-container/src/job/run-video-embedding.ts';
import { JOB_ID, sampleRecord } from './sample-job.ts';

const recordOf = (tasks: JobRequestInput['tasks']) =>
  sampleRecord({}, { tasks, metadata: { talk: '42' } });

const record = recordOf({ transcription: {}, textEmbedding: {} });

const TEXT: TextEmbedding = {
  modelId: 'gte-small',
  version: 'gte-small@1',
  dims: 2,
  granularity: 'chunk',
  passages: [{ start: 1.00049, end: 2.5, text: 'Hello.', speaker: 'SPEAKER_01', channel: 1 }],
  vectors: [Float32Array.of(0.6, -0.123456789)],
};

const VIDEO: VideoEmbedding = {
  task: videoEmbeddingSchema.parse({ caption: 'a red car' }),
  version: 'clip-vit-b32-q8@1',
  dims: 2,
  frameTimes: [0, 1.00049],
  items: [{ start: 0, end: 1.00049, vector: Float32Array.of(0.8, -0.6) }],
  caption: { text: 'a red car', vector: Float32Array.of(0, 1) },
};

describe('the embeddings document', () => {
  it('has the passages with their vectors, rounded, and says what made them', () => {
    const document = buildEmbeddings({ record, video: undefined, text: TEXT, warnings: [] });

    expect(embeddingsSchema.parse(document)).toEqual({
      schemaVersion: '1.1',
      jobId: JOB_ID,
      text: {
        model: 'gte-small',
        version: 'gte-small@1',
        dims: 2,
        file: 'embeddings.npy',
        granularity: 'chunk',
        items: [
          {
            index: 0,
            start: 1,
            end: 2.5,
            text: 'Hello.',
            speaker: 'SPEAKER_01',
            channel: 1,
            vector: [0.6, -0.123457],
          },
        ],
      },
      warnings: [],
      metadata: { talk: '42' },
    });
  });

  it('has what a video shows, and what was looked at', () => {
    const document = buildEmbeddings({ record, video: VIDEO, text: undefined, warnings: [] });

    expect(embeddingsSchema.parse(document).video).toEqual({
      model: 'clip-vit-b32',
      version: 'clip-vit-b32-q8@1',
      dims: 2,
      file: 'embeddings.npy',
      sampling: 'uniform',
      granularity: 'frame',
      pooling: 'mean',
      augmentation: 'none',
      frameTimes: [0, 1],
      caption: { text: 'a red car', vector: [0, 1] },
      items: [{ index: 0, start: 0, end: 1, vector: [0.8, -0.6] }],
    });
  });

  it('names a file for each part by what was asked for, whatever came of it', () => {
    const both = recordOf({ transcription: {}, textEmbedding: {}, videoEmbedding: {} });
    const fileOfText = (parts: Pick<Parameters<typeof buildEmbeddings>[0], 'record' | 'video'>) =>
      buildEmbeddings({ ...parts, text: TEXT, warnings: [] }).text?.file;

    expect(fileOfText({ record, video: undefined })).toBe('embeddings.npy');
    expect(fileOfText({ record: both, video: VIDEO })).toBe('text-embeddings.npy');
    expect(fileOfText({ record: both, video: undefined })).toBe('text-embeddings.npy');
  });

  it('has a warning in place of what could not be made', () => {
    const warnings = [warning('TEXT_EMBEDDING_FAILED', { cause: 'TEXT_EMBEDDING_FAILED' })];
    const document = buildEmbeddings({ record, video: undefined, text: undefined, warnings });

    expect(embeddingsSchema.parse(document)).toMatchObject({ warnings });
    expect(document).not.toHaveProperty('text');
    expect(document).not.toHaveProperty('video');
  });
});
