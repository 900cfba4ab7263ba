import { describe, expect, it } from '@jest/globals';
import { findUnavailable } from '#contracts/availability/find-unavailable.ts';
import { jobRequestSchema } from '#contracts/job-request.ts';
import { resolveTranscriptionModel } from '#contracts/models.ts';

const input = { s3: { bucket: 'media', key: 'a.mp4' } };

const parse = (tasks: object, rest: object = {}) =>
  jobRequestSchema.parse({ input, tasks, ...rest });

describe('a job request', () => {
  it('has every default written out', () => {
    const request = parse({ transcription: {}, diarization: {}, videoEmbedding: {} });
    expect(request).toMatchObject({
      outputs: ['markdown', 'json', 'srt', 'vtt', 'txt', 'tsv', 'rttm', 'npy'],
      priority: 0,
      metadata: {},
      tasks: {
        transcription: { required: true, model: 'base', language: 'auto', vad: true },
        diarization: {
          required: false,
          backend: 'auto',
          model: 'pyannote-embedding',
          minSpeakers: 1,
          maxSpeakers: 8,
        },
        videoEmbedding: { required: true, model: 'clip-vit-b32', frames: 10, pooling: 'mean' },
      },
    });
  });

  it('is unchanged when it is read a second time', () => {
    const request = parse({
      transcription: {},
      diarization: { backend: 'pyannote', numSpeakers: 12 },
      videoEmbedding: { model: 'vjepa2-vitl-fpc64-256' },
    });
    expect(request.tasks.videoEmbedding?.frames).toBe(64);
    expect(jobRequestSchema.parse(request)).toEqual(request);
  });

  it('leaves word times to the model, unless it asks for them or not', () => {
    const asked = (transcription: object) =>
      parse({ transcription }).tasks.transcription?.wordTimestamps;

    expect(asked({})).toBeUndefined();
    expect(asked({ wordTimestamps: false })).toBe(false);
    expect(asked({ model: 'moonshine-tiny', wordTimestamps: true })).toBe(true);
  });

  it('writes only what its tasks can fill', () => {
    expect(parse({ transcription: {}, textEmbedding: {} }).outputs).toEqual([
      'markdown',
      'json',
      'srt',
      'vtt',
      'txt',
      'tsv',
      'npy',
    ]);
    expect(parse({ transcription: {} }).outputs).not.toContain('rttm');
  });

  it.each([
    ['a prefix that climbs', { output: { prefix: 'a/../b/' } }],
    ['a prefix from the root', { output: { prefix: '/a/' } }],
    ['a prefix inside the folder of the uploads', { output: { prefix: 'uploads/mine/' } }],
    ['a prefix inside the folder of another job', { output: { prefix: 'jobs/other/' } }],
    ['a prefix without a slash at its end', { output: { prefix: 'a' } }],
    ['a priority above 9', { priority: 10 }],
    ['an unknown event', { webhook: { url: 'https://example.com/', events: ['job.done'] } }],
    ['no events', { webhook: { url: 'https://example.com/', events: [] } }],
    ['a time without a zone', { notAfter: '2030-01-01T00:00:00' }],
    ['a metadata value that is no string', { metadata: { a: 1 } }],
    ['an unknown output', { outputs: ['docx'] }],
  ])('is refused with %s', (_what, rest) => {
    const parsed = jobRequestSchema.safeParse({ input, tasks: { transcription: {} }, ...rest });
    expect(parsed.success).toBe(false);
  });

  it.each([
    { language: 'xx' },
    { temperatures: [] },
    { temperatures: [1.1] },
    { maxNewTokens: 449 },
    { vad: { threshold: 0 } },
    { beamSize: 0 },
  ])('is refused with the transcription option %j', (transcription) => {
    expect(jobRequestSchema.safeParse({ input, tasks: { transcription } }).success).toBe(false);
  });
});

describe('what this version cannot do', () => {
  const found = (tasks: object, rest: object = {}) =>
    findUnavailable(parse(tasks, rest)).map(({ code, path }) => [code, path]);

  it('is nothing of a plain transcription by a model that is there', () => {
    for (const model of ['tiny', 'base', 'small', 'whisper-base', 'medium']) {
      expect(
        found({ transcription: { model, task: 'translate', vad: false, wordTimestamps: true } }),
      ).toEqual([]);
    }
  });

  it.each([
    'large',
    'large-v2',
    'large-v3-turbo',
    'whisper-large-v3-turbo-q4',
    'distil-large-v3',
    'moonshine-tiny',
  ])('is nothing of a transcription by %s with the default options', (model) => {
    expect(found({ transcription: { model } })).toEqual([]);
    expect(found({ transcription: { model, language: 'en' } })).toEqual([]);
  });

  it.each(['large', 'whisper-large-v3-fp16', 'base'])(
    'is no wish for word times of a transcription by %s, which the device may have',
    (model) => {
      expect(found({ transcription: { model, wordTimestamps: true } })).toEqual([]);
    },
  );

  it.each([
    [{ model: 'whisper-large-v3-q8', wordTimestamps: true }, 'INVALID_REQUEST', 'wordTimestamps'],
    [{ model: 'nonesuch' }, 'MODEL_NOT_FOUND', 'model'],
    [{ model: 'whisper-large-v3-q3' }, 'MODEL_NOT_FOUND', 'model'],
    [{ model: 'distil-large-v3', task: 'translate' }, 'INVALID_REQUEST', 'task'],
    [{ model: 'large-v3-turbo', task: 'translate' }, 'INVALID_REQUEST', 'task'],
    [{ model: 'distil-large-v3', language: 'de' }, 'INVALID_REQUEST', 'language'],
    [{ model: 'moonshine-tiny', task: 'translate' }, 'INVALID_REQUEST', 'task'],
    [{ model: 'moonshine-tiny', language: 'de' }, 'INVALID_REQUEST', 'language'],
    [{ model: 'moonshine-tiny', wordTimestamps: true }, 'INVALID_REQUEST', 'wordTimestamps'],
    [{ model: 'moonshine-tiny', initialPrompt: 'Reelscribe' }, 'INVALID_REQUEST', 'initialPrompt'],
    [{ model: 'moonshine-tiny', temperatures: [0.4] }, 'INVALID_REQUEST', 'temperatures'],
    [{ model: 'moonshine-tiny', hotwords: ['Reelscribe'] }, 'INVALID_REQUEST', 'hotwords'],
    [{ model: 'moonshine-tiny', beamSize: 2 }, 'INVALID_REQUEST', 'beamSize'],
  ])('is found in the transcription option %j', (transcription, code, option) => {
    expect(found({ transcription })).toEqual([[code, `tasks.transcription.${option}`]]);
  });

  it('is found in turns as a file where no speakers are looked for', () => {
    expect(found({ transcription: {} }, { outputs: ['rttm'] })).toEqual([
      ['NOT_AVAILABLE', 'outputs'],
    ]);
    expect(found({ transcription: {}, diarization: {} }, { outputs: ['rttm'] })).toEqual([]);
  });

  it('is found in embeddings as a file where none are made', () => {
    expect(found({ transcription: {} }, { outputs: ['json', 'npy', 'ndjson'] })).toEqual([
      ['NOT_AVAILABLE', 'outputs'],
      ['NOT_AVAILABLE', 'outputs'],
    ]);
    expect(found({ videoEmbedding: {} }, { outputs: ['ndjson'] })).toEqual([]);
    expect(found({ transcription: {}, textEmbedding: {} }, { outputs: ['npy'] })).toEqual([]);
  });

  it('is judged by the canonical name of a model', () => {
    expect(resolveTranscriptionModel('large')).toBe('large-v3');
    expect(resolveTranscriptionModel('whisper-large-v3')).toBe('large-v3');
    expect(resolveTranscriptionModel('whisper-large-v3-fp16')).toBe('large-v3');
    expect(resolveTranscriptionModel('toString')).toBeUndefined();
  });
});
