import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ARTIFACTS } from '#contracts/artifacts.ts';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import { manifestSchema } from '#contracts/job-result.ts';
import { transcriptSchema } from '#contracts/transcript.ts';
import { demoSpeech, type Pipeline, startPipeline } from '../../e2e/pipeline.ts';
import { makeScratchDir } from '../../environment/scratch-dir.ts';
import { wordsOf } from '../../environment/word-errors.ts';
import { runStaged, type StagedImage, stageImage } from './stage-image.ts';

const MODELS = ['pyannote-embedding', 'silero-vad', 'whisper-tiny'];

const STAGE_TIMEOUT_MS = 5 * 60 * 1000;
const JOB_TIMEOUT_MS = 3 * 60 * 1000;

const scratch = new AsyncDisposableStack();
let image: StagedImage;

beforeAll(async () => {
  const { path } = scratch.use(await makeScratchDir());
  image = await stageImage(path, MODELS.join(' '));
}, STAGE_TIMEOUT_MS);

afterAll(async () => await scratch.disposeAsync());

const packageJson = () => JSON.parse(readFileSync(join(image.dir, 'package.json'), 'utf8'));

describe("the image's files in an empty folder", () => {
  it('are the packages, the schemas, the adapters and the worker', () => {
    expect(readdirSync(image.dir).sort()).toEqual([
      'adapters',
      'contracts',
      'gpu-container',
      'node_modules',
      'package.json',
    ]);
    expect(readdirSync(join(image.dir, 'gpu-container'))).toEqual(['src']);
  });

  it('come with the dependencies and without the development ones', () => {
    const { dependencies, devDependencies } = packageJson();
    const isInstalled = (name: string) => existsSync(join(image.dir, 'node_modules', name));
    expect(Object.keys(dependencies).filter((name) => !isInstalled(name))).toEqual([]);
    expect(isInstalled('jest')).toBe(false);
    expect(Object.keys(devDependencies)).toContain('jest');
  });

  it('find every module among themselves, and could find it nowhere else', async () => {
    const modules = ['#contracts/errors.ts', '#adapters/job-store.ts'].concat(
      Object.keys(packageJson().dependencies),
    );
    const script = `process.stdout.write(JSON.stringify(${JSON.stringify(modules)}.map(import.meta.resolve)))`;
    const urls: string[] = JSON.parse(
      await runStaged(image, ['--input-type=module', '--eval', script]),
    );
    const { href } = pathToFileURL(`${image.dir}/`);
    expect(urls.filter((url) => !url.startsWith(href) || !existsSync(new URL(url)))).toEqual([]);
    for (let dir = dirname(image.dir); dir !== dirname(dir); dir = dirname(dir)) {
      expect({ dir, entries: readdirSync(dir) }).toEqual({
        dir,
        entries: expect.not.arrayContaining(['node_modules']),
      });
    }
  });

  it('have the models that the build was to fetch, verified', async () => {
    const states = await runStaged(image, ['gpu-container/src/models/cli.ts', 'verify']);
    const verified = states
      .trimEnd()
      .split('\n')
      .map((line) => /^ok\t([^/]+)\//.exec(line)?.[1]);
    expect([...new Set(verified)].toSorted()).toEqual(MODELS);
  });
});

describe('a job in the image', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    // No machine: the worker has the image, the job definition and the emulators' addresses.
    pipeline = scratch.use(await startPipeline({ workerImage: image, machine: {} }));
  }, JOB_TIMEOUT_MS);

  it(
    'makes every artifact of two people talking and tells so by signed webhooks',
    async () => {
      const before = readdirSync(image.root, { recursive: true });
      const input = await pipeline.upload(
        await demoSpeech('jfk.wav', 'sense-and-sensibility-0870.wav'),
      );
      const jobId = await pipeline.post(input, {
        tasks: { transcription: { model: 'tiny' }, diarization: { required: true } },
      });
      const { job, events } = await pipeline.end(jobId);

      expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
      expect(await pipeline.exitCode(jobId)).toBe(EXIT_CODES.SUCCEEDED);
      const ofEmbeddings = ['embeddings', 'npy', 'textNpy', 'ndjson'];
      expect(Object.keys(job.links ?? {}).toSorted()).toEqual(
        Object.keys(ARTIFACTS)
          .filter((kind) => !ofEmbeddings.includes(kind))
          .toSorted(),
      );
      expect(wordsOf(await pipeline.artifact(job, 'txt')).join(' ')).toContain(
        'ask what you can do for your country',
      );
      const transcript = transcriptSchema.parse(JSON.parse(await pipeline.artifact(job, 'json')));
      expect(transcript.speakers?.map(({ label }) => label)).toEqual(['SPEAKER_00', 'SPEAKER_01']);
      expect(await pipeline.artifact(job, 'markdown')).toMatch(
        /^# Full Transcript\n\n\*\*SPEAKER_00:\*\* [^*]+\*\*SPEAKER_01:\*\* /,
      );
      expect(await pipeline.artifact(job, 'rttm')).toMatch(/ SPEAKER_01 <NA> <NA>$/m);
      expect(await pipeline.artifact(job, 'srt')).toMatch(/^1\n00:00:0\d,\d{3} --> /);
      expect(await pipeline.artifact(job, 'vtt')).toMatch(/^WEBVTT\n/);
      const manifest = manifestSchema.parse(JSON.parse(await pipeline.artifact(job, 'manifest')));
      expect(manifest.jobId).toBe(jobId);

      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['job.queued', 'job.running', 'job.progress', 'job.completed']),
      );
      expect(pipeline.receiver.counts).toMatchObject({ refused: 0 });
      // All but the scratch folder is mounted read-only, and that one is left as it was.
      expect(readdirSync(image.root, { recursive: true })).toEqual(before);
    },
    JOB_TIMEOUT_MS,
  );

  it(
    'fails for a model that the image does not have, rather than fetch it',
    async () => {
      const input = await pipeline.upload(await demoSpeech('jfk.wav'));
      const jobId = await pipeline.post(input, { tasks: { transcription: { model: 'base' } } });
      const { job } = await pipeline.end(jobId);
      expect(job).toMatchObject({
        status: 'FAILED',
        failure: { code: 'MODEL_UNAVAILABLE_OFFLINE' },
      });
    },
    JOB_TIMEOUT_MS,
  );
});
