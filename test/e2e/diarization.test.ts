import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JobView } from '#contracts/api.ts';
import type { JobRequestInput } from '#contracts/job-request.ts';
import { manifestSchema } from '#contracts/job-result.ts';
import { type Transcript, transcriptSchema } from '#contracts/transcript.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { channelsWav } from '../environment/channels-wav.ts';
import { addPilot, writeDiarizationModels } from '../environment/diarization-models.ts';
import { findMediaTools } from '../environment/media-tools.ts';
import { linkModels } from '../environment/model-cache.ts';
import { itWithShared, sharedPath } from '../environment/shared.ts';
import { wordErrors, wordsOf } from '../environment/word-errors.ts';
import { readWav } from '../parity/wav.ts';
import { type Pipeline, silence, startPipeline } from './pipeline.ts';

// Real models on whatever machine this is, with other tests beside.
jest.setTimeout(180_000);

const SAMPLE_RATE = 16_000;
const TRANSCRIPTION_MODELS = ['whisper-tiny', 'silero-vad'];
const VOICE_MODEL = 'pyannote-embedding';
const SPEAKERS = ['SPEAKER_00', 'SPEAKER_01'];

let scratch: string;
let president: Float32Array;
let reader: Float32Array;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'reelscribe-diarization-'));
  const speech = await modelStoreFromEnvironment().pull('demo-speech');
  president = await readWav(speech.file('jfk.wav'));
  reader = await readWav(speech.file('sense-and-sensibility-0870.wav'));
});

afterAll(() => rm(scratch, { recursive: true }));

/** The whole of it with these models in its cache alone. */
async function startWith(
  models: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Pipeline> {
  const cacheDir = await mkdtemp(join(scratch, 'cache-'));
  await linkModels(cacheDir, models);
  const { ffmpeg, ffprobe } = await findMediaTools();
  return await startPipeline({
    machine: {
      ...process.env,
      MODELS_DIR: cacheDir,
      FFMPEG_PATH: ffmpeg,
      FFPROBE_PATH: ffprobe,
      ...environment,
    },
  });
}

type Diarization = NonNullable<JobRequestInput['tasks']['diarization']>;

async function diarize(pipeline: Pipeline, recording: Uint8Array, diarization: Diarization) {
  const tasks = { transcription: { model: 'tiny' }, diarization };
  const jobId = await pipeline.post(await pipeline.upload(recording), { tasks });
  return await pipeline.end(jobId);
}

async function transcriptOf(pipeline: Pipeline, job: JobView): Promise<Transcript> {
  expect(job.status).toBe('SUCCEEDED');
  return transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
}

/** The president, and after half a second the reader. */
function talk(): Float32Array {
  const samples = new Float32Array(president.length + SAMPLE_RATE / 2 + reader.length);
  samples.set(president);
  samples.set(reader, samples.length - reader.length);
  return samples;
}

/** Who says each word, in the order of the words. */
function speakersOfWords({ segments }: Transcript): (string | undefined)[] {
  return segments.flatMap(({ words = [] }) => words.map(({ speaker }) => speaker));
}

function wordsBy({ segments }: Transcript, label: string): string[] {
  const said = segments.filter(({ speaker }) => speaker === label).map(({ text }) => text);
  return wordsOf(said.join(' '));
}

describe('a recording of two people', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    const modelsDir = await mkdtemp(join(scratch, 'models-'));
    await writeDiarizationModels(modelsDir);
    pipeline = await startWith([...TRANSCRIPTION_MODELS, VOICE_MODEL], {
      REELSCRIBE_MODELS: modelsDir,
    });
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
  });

  it('has a speaker for each word, in every artifact, and a name for a known voice', async () => {
    const speech = await modelStoreFromEnvironment().pull('demo-speech');
    const clip = await pipeline.upload(
      await readFile(speech.file('sense-and-sensibility-0890.wav')),
    );
    const { job, events } = await diarize(pipeline, channelsWav([talk()]), {
      speakerNames: { SPEAKER_00: 'J. F. Kennedy' },
      knownVoices: [
        { name: 'The reader', ...(clip as { s3: { bucket: string; key: string } }) },
        { name: 'Nobody', s3: { bucket: pipeline.stack.mediaBucket, key: 'absent.wav' } },
      ],
    });

    const transcript = await transcriptOf(pipeline, job);
    expect(job.result).toMatchObject({
      speakers: 2,
      tasks: { diarization: { status: 'SUCCEEDED' } },
      warnings: [{ code: 'VOICE_UNREADABLE', name: 'Nobody', cause: 'INPUT_NOT_FOUND' }],
    });
    expect(transcript.speakers).toMatchObject([
      { label: 'SPEAKER_00', name: 'J. F. Kennedy' },
      { label: 'SPEAKER_01', name: 'The reader', match: { name: 'The reader' } },
    ]);
    expect(new Set(speakersOfWords(transcript))).toEqual(new Set(SPEAKERS));
    expect(wordsBy(transcript, 'SPEAKER_00').at(-1)).toBe('country');
    expect(wordsBy(transcript, 'SPEAKER_01')).toContain('prudently');
    expect(transcript.diarization).toEqual({ backend: 'auto', models: [VOICE_MODEL] });

    expect(await pipeline.artifact(job, 'markdown')).toMatch(
      /\*\*J\. F\. Kennedy:\*\* And so[^*]*\*\*The reader:\*\*/,
    );
    expect(await pipeline.artifact(job, 'vtt')).toContain('<v The reader>');
    expect(await pipeline.artifact(job, 'rttm')).toMatch(
      new RegExp(
        `^SPEAKER ${job.jobId} 1 \\d+\\.\\d+ \\d+\\.\\d+ <NA> <NA> SPEAKER_00 <NA> <NA>\n`,
      ),
    );
    const manifest = manifestSchema.parse(JSON.parse(await pipeline.artifact(job, 'manifest')));
    expect(manifest.models).toEqual(['whisper-tiny', VOICE_MODEL]);
    const stages = events.flatMap((event) =>
      event.type === 'job.progress' ? [event.data.progress.stage] : [],
    );
    expect(stages).toContain('diarize');
  });

  itWithShared('is told apart in a video too', async () => {
    const video = await readFile(sharedPath('audio', 'video_opus.mkv'));
    const { job } = await diarize(pipeline, video, {});

    const transcript = await transcriptOf(pipeline, job);
    expect(transcript.speakers?.map(({ label }) => label)).toEqual(SPEAKERS);
    expect(speakersOfWords(transcript)).not.toContain(undefined);
    const markdown = await pipeline.artifact(job, 'markdown');
    expect(markdown).toMatch(/\*\*SPEAKER_00:\*\*[^*]*\*\*SPEAKER_01:\*\*/);
    expect(markdown).toMatch(/^## Segment 1: \[.*\] \(SPEAKER_00\)$/m);
  });

  it('on a channel each needs no model of voices, though the mix is transcribed', async () => {
    const late = new Float32Array(president.length + reader.length);
    late.set(reader, president.length);
    const { job } = await diarize(pipeline, channelsWav([president, late]), { perChannel: true });

    const transcript = await transcriptOf(pipeline, job);
    expect(transcript.speakers?.map(({ label }) => label)).toEqual(SPEAKERS);
    expect(wordErrors(wordsBy(transcript, 'SPEAKER_00').slice(-2), ['your', 'country'])).toBe(0);
    expect(transcript.diarization?.models).toEqual([]);
  });

  it.each([
    ['pyannote', ['pyannote-segmentation-3.0', 'wespeaker-voxceleb-resnet34-lm']],
    ['speechbrain', ['speechbrain-ecapa-voxceleb']],
  ] as const)('is told apart by the models of the backend %s', async (backend, models) => {
    const samples = talk();
    addPilot(samples, 0, 0, president.length / SAMPLE_RATE);
    addPilot(samples, 1, president.length / SAMPLE_RATE + 0.5, samples.length / SAMPLE_RATE);
    const { job } = await diarize(pipeline, channelsWav([samples]), { backend });

    const transcript = await transcriptOf(pipeline, job);
    expect(transcript.warnings).toEqual([]);
    expect(transcript.diarization).toEqual({ backend, models });
    expect(transcript.speakers?.map(({ label }) => label)).toEqual(SPEAKERS);
    expect(wordsBy(transcript, 'SPEAKER_00').at(-1)).toBe('country');
    expect(wordsBy(transcript, 'SPEAKER_01')).toContain('prudently');
  });

  it('has nobody in it where nobody speaks, and no warning of that', async () => {
    const { job } = await diarize(pipeline, silence(5), {});

    const transcript = await transcriptOf(pipeline, job);
    expect(transcript).toMatchObject({ speakers: [], turns: [] });
    expect(job.result?.speakers).toBe(0);
    expect(transcript.warnings.map(({ code }) => code)).toEqual(['NO_SPEECH']);
  });
});

describe('a machine that has no model of voices and may not fetch one', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startWith(TRANSCRIPTION_MODELS, { REELSCRIBE_OFFLINE: '1' });
  });

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
  });

  it('transcribes without speakers and says why', async () => {
    const { job } = await diarize(pipeline, channelsWav([president]), {});

    const transcript = await transcriptOf(pipeline, job);
    expect(transcript.text).toContain('country');
    expect(transcript).not.toHaveProperty('speakers');
    expect(job.result).toMatchObject({
      tasks: {
        transcription: { status: 'SUCCEEDED' },
        diarization: { status: 'FAILED', failure: { code: 'MODEL_UNAVAILABLE_OFFLINE' } },
      },
      warnings: [{ code: 'DIARIZATION_FAILED', cause: 'MODEL_UNAVAILABLE_OFFLINE' }],
    });
    expect(job.links).not.toHaveProperty('rttm');
  });

  it('fails the job where speakers are required', async () => {
    const { job } = await diarize(pipeline, silence(1), { required: true });

    expect(job).toMatchObject({
      status: 'FAILED',
      failure: { code: 'MODEL_UNAVAILABLE_OFFLINE' },
    });
  });
});
