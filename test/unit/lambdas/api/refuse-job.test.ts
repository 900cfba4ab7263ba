import { describe, expect, it } from '@jest/globals';
import { ulid } from 'ulid';
import { ALICE, s3Job } from './api-bench.ts';
import { api } from './api-of-each-test.ts';

/** The second one lies where the deployment may not look. */
const VOICES = [
  { name: 'Ann', s3: { bucket: 'media', key: 'ann.wav' } },
  { name: 'Bo', s3: { bucket: 'other', key: 'bo.wav' } },
];

describe('a bad POST /v1/jobs', () => {
  const url = (address: string) => ({ ...s3Job, input: { url: address } });
  const hook = (address: string) => ({ ...s3Job, webhook: { url: address } });
  const transcription = (options: object) => ({ ...s3Job, tasks: { transcription: options } });

  it.each<[string, unknown, number, string, string]>([
    ['an unknown field', { ...s3Job, colour: 'red' }, 400, 'INVALID_REQUEST', 'colour'],
    [
      'an unknown option of a task',
      transcription({ modle: 'base' }),
      400,
      'INVALID_REQUEST',
      'tasks.transcription.modle',
    ],
    [
      'two inputs',
      { ...s3Job, input: { ...s3Job.input, url: 'https://example.com/a.mp4' } },
      400,
      'INVALID_REQUEST',
      'input',
    ],
    ['no input', { tasks: s3Job.tasks }, 400, 'INVALID_REQUEST', 'input'],
    ['no task', { ...s3Job, tasks: {} }, 400, 'INVALID_REQUEST', 'tasks'],
    ['an array', [s3Job], 400, 'INVALID_REQUEST', ''],
    ['null', 'null', 400, 'INVALID_REQUEST', ''],
    [
      'an input bucket that is not allowed',
      { ...s3Job, input: { s3: { bucket: 'other', key: 'a' } } },
      403,
      'BUCKET_NOT_ALLOWED',
      'input.s3.bucket',
    ],
    [
      'an output bucket that is not allowed',
      { ...s3Job, output: { bucket: 'media' } },
      403,
      'BUCKET_NOT_ALLOWED',
      'output.bucket',
    ],
    [
      'an output prefix that climbs',
      { ...s3Job, output: { prefix: '../x/' } },
      400,
      'INVALID_REQUEST',
      'output.prefix',
    ],
    ['an http URL', url('http://example.com/a.mp4'), 400, 'URL_NOT_ALLOWED', 'input.url'],
    ['a private URL', url('https://10.0.0.8/a.mp4'), 400, 'URL_NOT_ALLOWED', 'input.url'],
    [
      'the metadata address',
      url('https://169.254.169.254/latest'),
      400,
      'URL_NOT_ALLOWED',
      'input.url',
    ],
    [
      'a literal public IP',
      url('https://93.184.216.34/a.mp4'),
      400,
      'URL_NOT_ALLOWED',
      'input.url',
    ],
    ['a hexadecimal IP', url('https://0x7f.1/a.mp4'), 400, 'URL_NOT_ALLOWED', 'input.url'],
    ['a mapped IPv6', url('https://[::ffff:127.0.0.1]/'), 400, 'URL_NOT_ALLOWED', 'input.url'],
    ['another port', url('https://example.com:8443/a'), 400, 'URL_NOT_ALLOWED', 'input.url'],
    ['credentials in a URL', url('https://a:b@example.com/'), 400, 'URL_NOT_ALLOWED', 'input.url'],
    [
      'a webhook on loopback',
      hook('http://127.0.0.1:9000/hook'),
      400,
      'WEBHOOK_URL_NOT_ALLOWED',
      'webhook.url',
    ],
    [
      'a webhook by http',
      hook('http://hooks.example.com/'),
      400,
      'WEBHOOK_URL_NOT_ALLOWED',
      'webhook.url',
    ],
    [
      'a model id that does not exist',
      transcription({ model: 'whisper-9000' }),
      422,
      'MODEL_NOT_FOUND',
      'tasks.transcription.model',
    ],
    [
      'word times of a model that has none',
      transcription({ model: 'moonshine-tiny', wordTimestamps: true }),
      400,
      'INVALID_REQUEST',
      'tasks.transcription.wordTimestamps',
    ],
    [
      'vectors as a file where nothing is embedded',
      { ...s3Job, outputs: ['json', 'npy'] },
      422,
      'NOT_AVAILABLE',
      'outputs',
    ],
    [
      'fewer numbers of vectors that mean something as a whole only',
      { ...s3Job, tasks: { videoEmbedding: { dims: 64 } } },
      400,
      'INVALID_REQUEST',
      'tasks.videoEmbedding.dims',
    ],
    [
      'embeddings of words that nobody writes down',
      { ...s3Job, tasks: { textEmbedding: {} } },
      400,
      'INVALID_REQUEST',
      'tasks.textEmbedding',
    ],
    [
      'speakers without words',
      { ...s3Job, tasks: { diarization: {} } },
      400,
      'INVALID_REQUEST',
      'tasks.diarization',
    ],
    [
      'a known voice in a bucket that is not allowed',
      { ...s3Job, tasks: { ...s3Job.tasks, diarization: { knownVoices: VOICES } } },
      403,
      'BUCKET_NOT_ALLOWED',
      'tasks.diarization.knownVoices.1.s3.bucket',
    ],
    [
      'a translation by a model that cannot translate',
      transcription({ model: 'large-v3-turbo', task: 'translate' }),
      400,
      'INVALID_REQUEST',
      'tasks.transcription.task',
    ],
    [
      'an upload that never arrived',
      { ...s3Job, input: { uploadId: ulid() } },
      404,
      'UPLOAD_NOT_FOUND',
      'input.uploadId',
    ],
    [
      'a notAfter in the past',
      { ...s3Job, notAfter: '2020-01-01T00:00:00Z' },
      400,
      'INVALID_REQUEST',
      'notAfter',
    ],
    [
      'a retention of its own',
      { ...s3Job, retentionDays: 2 },
      422,
      'NOT_AVAILABLE',
      'retentionDays',
    ],
    [
      'too much metadata',
      { ...s3Job, metadata: Object.fromEntries([...Array(17)].map((_, i) => [`k${i}`, 'v'])) },
      400,
      'INVALID_REQUEST',
      'metadata',
    ],
  ])('with %s is refused by code and field, and leaves nothing', async (...row) => {
    const [, body, status, code, path] = row;

    const answer = await api.call({ body, headers: { 'Idempotency-Key': 'k' } });

    expect(answer).toMatchObject({
      status,
      headers: { 'content-type': 'application/problem+json' },
      body: { status, code, type: `urn:reelscribe:problem:${code}`, requestId: 'request-1' },
    });
    expect(answer.body.errors[0]).toMatchObject({ path, message: expect.any(String) });
    expect(await api.recordsOf(ALICE)).toEqual([]);
    expect(await api.jobMessages()).toEqual([]);
    // The key is free again: a corrected request can use it at once.
    const corrected = await api.call({ body: s3Job, headers: { 'Idempotency-Key': 'k' } });
    expect(corrected.status).toBe(202);
  });

  it('lists every fault, with the code of the first', async () => {
    const { body } = await api.call({
      body: {
        input: { s3: { bucket: 'other', key: 'a' } },
        tasks: { transcription: {}, videoEmbedding: { model: 'nonesuch' } },
        retentionDays: 2,
        webhook: { url: 'https://localhost/' },
      },
    });

    expect(body.code).toBe('MODEL_NOT_FOUND');
    expect(body.errors).toEqual([
      expect.objectContaining({ path: 'tasks.videoEmbedding.model', reason: 'NOT_AVAILABLE' }),
      expect.objectContaining({ path: 'retentionDays', reason: 'NOT_AVAILABLE' }),
      expect.objectContaining({ path: 'webhook.url', reason: 'NOT_ALLOWED' }),
      expect.objectContaining({ path: 'input.s3.bucket', reason: 'NOT_ALLOWED' }),
    ]);
  });

  it.each([
    ['is not JSON', { body: '{"input":' }, 400, 'INVALID_JSON'],
    [
      'is empty',
      { body: '', headers: { 'Content-Type': 'application/json' } },
      400,
      'INVALID_JSON',
    ],
    [
      'is a form',
      { body: 'a=b', headers: { 'Content-Type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['is missing', {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['has more than 256 KiB', { body: { pad: 'x'.repeat(256 * 1024) } }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('whose body %s is refused', async (_what, call, status, code) => {
    expect(await api.call(call)).toMatchObject({ status, body: { status, code } });
  });

  it.each(['', 'a b', 'x'.repeat(256), 'tab\tbed'])(
    'with the Idempotency-Key %j is refused',
    async (key) => {
      const answer = await api.call({ body: s3Job, headers: { 'Idempotency-Key': key } });
      expect(answer.body).toMatchObject({
        code: 'INVALID_REQUEST',
        errors: [{ path: 'Idempotency-Key' }],
      });
    },
  );
});
