import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from './create-app.ts';

/** A CloudFormation template as far as one can tell without knowing what is in it. */
export type SynthesizedTemplate = {
  Resources: Record<string, SynthesizedResource>;
  Outputs: Record<string, { Value: unknown }>;
};

type SynthesizedResource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are as CloudFormation defines them for each type
  Properties: Record<string, any>;
  Metadata?: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
};

/**
 * The template that `cdk synth` makes with these context flags, but for the code
 * of the functions, which is not bundled: it takes seconds, and needs neither an
 * account nor a network.
 *
 * @throws Error where a flag is wrong or a rule is violated.
 */
export function synthesizeTemplate(context: Record<string, unknown> = {}): {
  template: SynthesizedTemplate;
  stackName: string;
} {
  const outdir = mkdtempSync(join(tmpdir(), 'reelscribe-synth-'));
  try {
    const { app, stack } = createApp({
      context: { ...context, 'aws:cdk:bundling-stacks': [] },
      outdir,
    });
    const assembly = app.synth();
    const artifact = assembly.getStackArtifact(stack.artifactId);
    return {
      template: JSON.parse(readFileSync(artifact.templateFullPath, 'utf8')),
      stackName: artifact.stackName,
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
