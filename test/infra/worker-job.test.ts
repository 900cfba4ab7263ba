import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EXIT_CODES, MAX_ATTEMPTS } from '#contracts/exit-codes.ts';
import { createApp } from '../../infra/create-app.ts';
import { synthesize } from './template.ts';

const SMALLEST_MACHINE = { vCpus: 4, memoryMiB: 16_384 };

const dockerfile = readFileSync(
  join(import.meta.dirname, '..', '..', 'gpu-container', 'Dockerfile'),
  'utf8',
);
const definition = synthesize().get('AWS::Batch::JobDefinition', 'WorkerDefinition');
const container = definition['ContainerProperties'];

describe('the job definition', () => {
  it('runs the job that the submission names', () => {
    expect(container.Command).toEqual(['run', 'Ref::jobId']);
  });

  it('retries what may pass, in this order, and ends everything else', () => {
    expect(definition['RetryStrategy']).toEqual({
      Attempts: MAX_ATTEMPTS,
      EvaluateOnExit: [
        { Action: 'RETRY', OnStatusReason: 'Host EC2*' },
        { Action: 'RETRY', OnReason: 'CannotPullContainer*' },
        { Action: 'RETRY', OnExitCode: String(EXIT_CODES.TRANSIENT) },
        { Action: 'EXIT', OnReason: '*' },
      ],
    });
  });

  it('ends an attempt after six hours', () => {
    expect(definition['Timeout']).toEqual({ AttemptDurationSeconds: 6 * 3_600 });
  });

  it('asks for one GPU and fits the smallest machine', () => {
    const needs = Object.fromEntries(
      container.ResourceRequirements.map(({ Type, Value }: { Type: string; Value: string }) => [
        Type,
        Number(Value),
      ]),
    );
    expect(needs['GPU']).toBe(1);
    expect(needs['VCPU']).toBe(SMALLEST_MACHINE.vCpus);
    // The kernel and the ECS agent keep some; what asks for all of it is never placed.
    expect(needs['MEMORY']).toBeLessThanOrEqual(0.9 * SMALLEST_MACHINE.memoryMiB);
  });

  it('can write to its scratch space and nowhere else', () => {
    expect(container.ReadonlyRootFilesystem).toBe(true);
    expect(container.Volumes).toEqual([{ Name: 'scratch', Host: { SourcePath: '/scratch' } }]);
    expect(container.MountPoints).toEqual([{ SourceVolume: 'scratch', ContainerPath: '/scratch' }]);
    expect(container.Environment).toContainEqual({ Name: 'SCRATCH_DIR', Value: '/scratch' });
  });

  it('runs as the user that the image makes, without privileges', () => {
    expect(container.User).toBe(/useradd --uid (\d+)/.exec(dockerfile)?.[1]);
    expect(container.Privileged).toBeUndefined();
  });

  it('keeps the worker’s rights apart from those that start it', () => {
    expect(container.JobRoleArn).toBe('<WorkerJobRole.Arn>');
    expect(container.ExecutionRoleArn).toBe('<WorkerExecutionRole.Arn>');
  });

  it('logs to a group of its own and hands its tags on', () => {
    expect(container.LogConfiguration).toMatchObject({
      LogDriver: 'awslogs',
      Options: { 'awslogs-group': '<WorkerLog>' },
    });
    expect(definition['PropagateTags']).toBe(true);
  });
});

describe('the image', () => {
  const image = synthesizeImage({});

  it('is built from the Dockerfile, for the machines’ processors', () => {
    expect(image.source).toMatchObject({
      dockerFile: 'gpu-container/Dockerfile',
      platform: 'linux/amd64',
    });
  });

  it('is built from what the Dockerfile copies, and from nothing that is installed or secret', () => {
    expect(image.files).toEqual(
      expect.arrayContaining(['package.json', 'package-lock.json', 'contracts', 'adapters']),
    );
    expect(
      image.files.filter((name) => /^(node_modules|\.git|infra|test|lambdas|local)$/.test(name)),
    ).toEqual([]);
  });

  it('holds the Dockerfile’s own models unless the deployment names others', () => {
    expect(image.source.dockerBuildArgs).toBeUndefined();
    const named = ['whisper-small', 'pyannote-segmentation-3.0', 'wespeaker-voxceleb-resnet34-lm'];
    const baked = bakedModels(named.join(','));
    expect(baked).toEqual(expect.arrayContaining(named));
    expect(baked).not.toContain('whisper-base');
  });

  it('always holds what finds speech and what tells speakers apart, once each', () => {
    expect(bakedModels('whisper-tiny,pyannote-embedding')).toEqual([
      'whisper-tiny',
      'pyannote-embedding',
      'silero-vad',
    ]);
  });
});

/** What an image holds whose deployment names these models. */
function bakedModels(models: string): string[] {
  return synthesizeImage({ models }).source.dockerBuildArgs?.['MODELS']?.split(' ') ?? [];
}

type ImageSource = {
  directory: string;
  dockerFile: string;
  platform: string;
  dockerBuildArgs?: Record<string, string>;
};

/** How the CDK would have Docker build the image, and the files that Docker would be given. */
function synthesizeImage(context: Record<string, unknown>): {
  source: ImageSource;
  files: string[];
} {
  const outdir = mkdtempSync(join(tmpdir(), 'reelscribe-image-'));
  try {
    const { app, stack } = createApp({
      context: { ...context, 'aws:cdk:bundling-stacks': [] },
      outdir,
    });
    app.synth();
    const { dockerImages } = JSON.parse(
      readFileSync(join(outdir, `${stack.artifactId}.assets.json`), 'utf8'),
    ) as { dockerImages: Record<string, { source: ImageSource }> };
    const [image, ...others] = Object.values(dockerImages);
    if (image === undefined || others.length > 0) {
      throw new Error('there is not exactly one image');
    }
    return { source: image.source, files: readdirSync(join(outdir, image.source.directory)) };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
