import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ARTIFACTS } from '#contracts/artifacts.ts';
import { ReelscribeError } from '#contracts/errors.ts';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import type { JobInput, JobRequestInput } from '#contracts/job-request.ts';
import { manifestSchema } from '#contracts/job-result.ts';
import { type Transcript, transcriptSchema } from '#contracts/transcript.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { channelsWav } from '../environment/channels-wav.ts';
import { itWithShared, sharedPath } from '../environment/shared.ts';
import { wordErrors, wordsOf } from '../environment/word-errors.ts';
import { readWav } from '../parity/wav.ts';
import { demoSpeech, type Pipeline, silence, startPipeline } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const KENNEDY =
  'and so my fellow americans ask not what your country can do for you ask what you can do for your country';

/** Of 22 words; the smallest model mishears one or the other. */
/** Every artifact but those of videos, and what has to be asked for. */
const MADE = Object.keys(ARTIFACTS)
  .filter((kind) => kind !== 'textNpy' && kind !== 'ndjson')
  .toSorted();
const MAX_WORD_ERRORS = 2;
const MAX_WORD_ERROR_RATE = 0.25;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

describe('real speech', () => {
  it('becomes every kind of artifact, and webhooks whose signatures fit tell of it', async () => {
    const input = await pipeline.upload(await demoSpeech('jfk.wav'));
    const jobId = await pipeline.post(input, {
      tasks: { transcription: { model: 'tiny' }, diarization: {}, textEmbedding: {} },
      metadata: { speech: 'inaugural' },
    });
    const { job, events } = await pipeline.end(jobId);

    expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
    const heard = wordsOf(await pipeline.artifact(job, 'txt'));
    expect(wordErrors(wordsOf(KENNEDY), heard)).toBeLessThanOrEqual(MAX_WORD_ERRORS);
    expect(Object.keys(job.links ?? {}).toSorted()).toEqual(MADE);

    const transcript = transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
    expect(transcript.language.code).toBe('en');
    expect(transcript.media.durationSeconds).toBeCloseTo(11, 1);
    expect(transcript.speakers).toHaveLength(1);
    expect(await pipeline.artifact(job, 'markdown')).toContain('# Full Transcript');
    expect(await pipeline.artifact(job, 'srt')).toMatch(/^1\n00:00:0\d,\d{3} --> /);
    expect(await pipeline.artifact(job, 'vtt')).toMatch(/^WEBVTT\n/);

    const manifest = manifestSchema.parse(JSON.parse(await pipeline.artifact(job, 'manifest')));
    expect(manifest).toMatchObject({ jobId, attempt: 1, metadata: { speech: 'inaugural' } });
    const listed = manifest.result.artifacts.map(({ kind }) => kind);
    expect(listed.toSorted()).toEqual(MADE.filter((kind) => kind !== 'manifest'));

    const types = events.map(({ type }) => type);
    expect(types).toContain('job.queued');
    expect(types).toContain('job.running');
    expect(types).toContain('job.progress');
    expect(types.at(-1)).toBe('job.completed');
    expect(events.every(({ data }) => data.metadata['speech'] === 'inaugural')).toBe(true);
    expect(pipeline.receiver.counts.refused).toBe(0);
    expect(await pipeline.exitCode(jobId)).toBe(EXIT_CODES.SUCCEEDED);
  });

  it('is transcribed without word times by a model that has none', async () => {
    const input = await pipeline.upload(await demoSpeech('jfk.wav'));
    const transcription = { model: 'moonshine-tiny' };
    const { job } = await pipeline.end(await pipeline.post(input, { tasks: { transcription } }));

    expect(job.status).toBe('SUCCEEDED');
    expect(job.request.tasks.transcription?.wordTimestamps).toBeUndefined();
    const heard = wordsOf(await pipeline.artifact(job, 'txt'));
    expect(wordErrors(wordsOf(KENNEDY), heard)).toBeLessThanOrEqual(MAX_WORD_ERRORS);
    const transcript = transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
    expect(transcript.model).toBe('moonshine-tiny');
    expect(transcript.segments.some(({ words }) => words !== undefined)).toBe(false);
  });

  it('comes in as an upload of the caller too', async () => {
    const body = silence(1);
    const ticket = await pipeline.api.createUpload(body.byteLength, 'audio/wav');
    const form = new FormData();
    for (const [name, value] of Object.entries(ticket.fields)) {
      form.set(name, value);
    }
    form.set('file', new Blob([new Uint8Array(body)]));
    expect((await fetch(ticket.url, { method: 'POST', body: form })).ok).toBe(true);
    const { job } = await pipeline.end(await pipeline.post({ uploadId: ticket.uploadId }));
    expect(job.status).toBe('SUCCEEDED');
  });
});

/** Transcribes each channel of a recording by itself. */
async function transcribeSeparately(recording: Uint8Array) {
  const { job } = await pipeline.end(
    await pipeline.post(await pipeline.upload(recording), {
      tasks: { transcription: { model: 'tiny', channels: 'separate' } },
    }),
  );
  expect(job.status).toBe('SUCCEEDED');
  const transcript = transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
  return { job, transcript };
}

function wordsOfChannel({ segments }: Transcript, number: number): string[] {
  return wordsOf(
    segments
      .filter(({ channel }) => channel === number)
      .map(({ text }) => text)
      .join(' '),
  );
}

describe('a call with a speaker on each channel', () => {
  it('has the words of both, in order and labelled, and not those of their mix', async () => {
    const speech = await modelStoreFromEnvironment().pull('demo-speech');
    const president = await readWav(speech.file('jfk.wav'));
    const answer = await readWav(speech.file('sense-and-sensibility-0870.wav'));
    // The two talk at the same time for a while, which no mix would tell apart.
    const late = new Float32Array(president.length - 32_000 + answer.length);
    late.set(answer, president.length - 32_000);
    const { job, transcript } = await transcribeSeparately(channelsWav([president, late]));

    const errors = wordErrors(wordsOf(KENNEDY), wordsOfChannel(transcript, 0));
    expect(errors).toBeLessThanOrEqual(MAX_WORD_ERRORS);
    expect(wordsOfChannel(transcript, 1).length).toBeGreaterThan(5);
    expect(wordsOfChannel(transcript, 1)).not.toContain('americans');
    const starts = transcript.segments.map(({ start }) => start);
    expect(starts).toEqual(starts.toSorted((one, other) => one - other));
    expect(transcript.channels).toMatchObject([
      { channel: 0, language: { code: 'en' } },
      { channel: 1, language: { code: 'en' } },
    ]);
    const [first = 0, second = 0] = transcript.channels?.map((one) => one.speechSeconds) ?? [];
    expect(transcript.media.speechSeconds).toBeLessThan(first + second);

    expect(await pipeline.artifact(job, 'markdown')).toMatch(/\*\*Channel 1:\*\* And so/);
    expect(await pipeline.artifact(job, 'srt')).toContain('\nChannel 2: ');
    expect(await pipeline.artifact(job, 'vtt')).toContain('<v Channel 2>');
    expect(await pipeline.artifact(job, 'tsv')).toMatch(/^start\tend\tchannel\ttext\n/);
  });

  it('has its words once where both channels are the same', async () => {
    const speech = await modelStoreFromEnvironment().pull('demo-speech');
    const president = await readWav(speech.file('jfk.wav'));
    const { job, transcript } = await transcribeSeparately(channelsWav([president, president]));

    expect(job.result?.warnings).toMatchObject([{ code: 'CHANNELS_IDENTICAL', channel: 1 }]);
    const errors = wordErrors(wordsOf(KENNEDY), wordsOf(transcript.text));
    expect(errors).toBeLessThanOrEqual(MAX_WORD_ERRORS);
    expect(transcript.channels).toMatchObject([{ channel: 0 }, { channel: 1, sameAs: 0 }]);
  });

  itWithShared('is as right as the recordings beside the project say', async () => {
    const recordings: { file: string; text_by_channel?: string[] }[] = JSON.parse(
      await readFile(sharedPath('audio', 'manifest.json'), 'utf8'),
    );
    const calls = recordings.filter(({ text_by_channel }) => text_by_channel !== undefined);
    expect(calls.length).toBeGreaterThan(0);
    for (const { file, text_by_channel = [] } of calls) {
      const { transcript } = await transcribeSeparately(await readFile(sharedPath('audio', file)));
      const rates = text_by_channel.map((text, channel) => {
        const spoken = wordsOf(text);
        return wordErrors(spoken, wordsOfChannel(transcript, channel)) / spoken.length;
      });
      const wrong = rates.filter((rate) => rate > MAX_WORD_ERROR_RATE);
      expect({ file, rates, wrong }).toMatchObject({ wrong: [] });
    }
  });
});

describe('ten seconds of silence', () => {
  it('succeed with an empty transcript and the warning NO_SPEECH', async () => {
    const { job, events } = await pipeline.end(
      await pipeline.post(await pipeline.upload(silence(10))),
    );
    expect(job.status).toBe('SUCCEEDED');
    expect(job.result?.warnings.map(({ code }) => code)).toEqual(['NO_SPEECH']);
    expect(await pipeline.artifact(job, 'txt')).toBe('');
    const transcript = transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
    expect(transcript).toMatchObject({ text: '', segments: [], language: { code: null } });
    expect(events.at(-1)?.type).toBe('job.completed');
  });
});

/** Runs a job that has to fail, and tells its code from record and event alike. */
async function failureOf(input: JobInput): Promise<string | undefined> {
  const jobId = await pipeline.post(input);
  const { job, events } = await pipeline.end(jobId);
  const last = events.at(-1);
  expect(job.status).toBe('FAILED');
  expect(last).toMatchObject({ type: 'job.failed', data: { failure: job.failure } });
  expect(await pipeline.exitCode(jobId)).toBe(EXIT_CODES.FAILED);
  expect(job.links).toBeUndefined();
  return job.failure?.code;
}

describe('a bad input', () => {
  it('that is not in its bucket fails with INPUT_NOT_FOUND', async () => {
    const input = { s3: { bucket: pipeline.stack.mediaBucket, key: 'absent.wav' } };
    expect(await failureOf(input)).toBe('INPUT_NOT_FOUND');
  });

  it('without a byte fails with INPUT_EMPTY', async () => {
    expect(await failureOf(await pipeline.upload(new Uint8Array(0)))).toBe('INPUT_EMPTY');
  });

  it('that is text fails with UNSUPPORTED_MEDIA', async () => {
    const text = new TextEncoder().encode('This is not a recording.\n'.repeat(100));
    expect(await failureOf(await pipeline.upload(text))).toBe('UNSUPPORTED_MEDIA');
  });

  itWithShared('ends as its recording deserves', async () => {
    const recordings: { file: string; expect: string }[] = JSON.parse(
      await readFile(sharedPath('audio', 'manifest.json'), 'utf8'),
    );
    const outcomes: Record<string, string[]> = {
      no_audio: ['NO_AUDIO_STREAM'],
      undecodable: ['INPUT_EMPTY', 'UNSUPPORTED_MEDIA', 'MEDIA_CORRUPT'],
    };
    const bad = recordings.filter((recording) => recording.expect in outcomes);
    expect(bad.length).toBeGreaterThan(0);
    for (const recording of bad) {
      const body = await readFile(sharedPath('audio', recording.file));
      const code = await failureOf(await pipeline.upload(body));
      expect({ file: recording.file, allowed: outcomes[recording.expect], code }).toMatchObject({
        allowed: expect.arrayContaining([code]),
      });
    }
  });

  itWithShared('without speech has an empty transcript', async () => {
    const recordings: { file: string; expect: string }[] = JSON.parse(
      await readFile(sharedPath('audio', 'manifest.json'), 'utf8'),
    );
    const speechless = recordings.filter((recording) => recording.expect === 'no_speech');
    expect(speechless.length).toBeGreaterThan(0);
    for (const { file } of speechless) {
      const input = await pipeline.upload(await readFile(sharedPath('audio', file)));
      const { job } = await pipeline.end(await pipeline.post(input));
      expect({ file, status: job.status, text: await pipeline.artifact(job, 'txt') }).toEqual({
        file,
        status: 'SUCCEEDED',
        text: '',
      });
    }
  });
});

describe('a bad request', () => {
  const refusal = async (request: unknown): Promise<unknown> => {
    try {
      await pipeline.api.createJob(request as JobRequestInput, crypto.randomUUID());
      return 'accepted';
    } catch (error) {
      return error instanceof ReelscribeError ? error.code : error;
    }
  };
  const tasks = { transcription: { model: 'tiny' } };
  const url = 'https://example.com/talk.mp4';

  it.each([
    ['has an unknown field', 'INVALID_REQUEST', { input: { url }, tasks, colour: 'red' }],
    [
      'has two inputs',
      'INVALID_REQUEST',
      { input: { url, s3: { bucket: 'reelscribe-media', key: 'a' } }, tasks },
    ],
    ['has no task', 'INVALID_REQUEST', { input: { url }, tasks: {} }],
    [
      'names a bucket that is not allowed',
      'BUCKET_NOT_ALLOWED',
      { input: { s3: { bucket: 'somebody-elses', key: 'a' } }, tasks },
    ],
    [
      'gives a URL without TLS',
      'URL_NOT_ALLOWED',
      { input: { url: 'http://example.com/a' }, tasks },
    ],
    ['gives a private address', 'URL_NOT_ALLOWED', { input: { url: 'https://10.0.0.1/a' }, tasks }],
    [
      'gives the metadata service',
      'URL_NOT_ALLOWED',
      { input: { url: 'https://169.254.169.254/latest/meta-data' }, tasks },
    ],
    [
      'names a model that does not exist',
      'MODEL_NOT_FOUND',
      { input: { url }, tasks: { transcription: { model: 'enormous' } } },
    ],
  ])('that %s is refused with %s', async (_, code, request) => {
    expect(await refusal(request)).toBe(code);
  });
});
