import { describe, expect, it } from '@jest/globals';
import { embeddingsSchema } from '#contracts/embeddings.ts';
import { warning } from '#contracts/transcript.ts';
import { buildEmbeddings } from '../../../../gpu-container/src/job/build-embeddings.ts';
import { JOB_ID, sampleRecord } from './sample-job.ts';

const record = sampleRecord({}, { metadata: { talk: '42' } });

describe('the embeddings document', () => {
  it('has the passages with their vectors, rounded, and says what made them', () => {
    const document = buildEmbeddings({
      record,
      text: {
        modelId: 'gte-small',
        dims: 2,
        granularity: 'chunk',
        passages: [{ start: 1.00049, end: 2.5, text: 'Hello.', speaker: 'SPEAKER_01', channel: 1 }],
        vectors: [Float32Array.of(0.6, -0.123456789)],
      },
      warnings: [],
    });

    expect(embeddingsSchema.parse(document)).toEqual({
      schemaVersion: '1.0',
      jobId: JOB_ID,
      text: {
        model: 'gte-small',
        dims: 2,
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

  it('has a warning in place of what could not be made', () => {
    const warnings = [warning('TEXT_EMBEDDING_FAILED', { cause: 'TEXT_EMBEDDING_FAILED' })];
    const document = buildEmbeddings({ record, text: undefined, warnings });

    expect(embeddingsSchema.parse(document)).toMatchObject({ warnings });
    expect(document).not.toHaveProperty('text');
  });
});
