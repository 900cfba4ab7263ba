import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

/** The root of the project, where the infrastructure and the worker are. */
export const PROJECT_DIR = join(import.meta.dirname, '..', '..');

/** Everything local that may be deleted at any time. */
export const LOCAL_STATE_DIR = join(PROJECT_DIR, '.reelscribe');

/** What a template is made of: when none of it has changed, neither has the template. */
const TEMPLATE_INPUTS = ['infra/**/*.ts', 'contracts/**/*.ts', 'package-lock.json', 'cdk.json'];

const MAX_TEMPLATE_BYTES = 64 * 1024 * 1024;

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).optional(),
});

const templateSchema = z.object({
  Parameters: z.record(z.string(), z.object({ Default: z.unknown().optional() })).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

export type TemplateResource = z.output<typeof resourceSchema>;

/** As much of a CloudFormation template as the local stack reads. */
export type Template = z.output<typeof templateSchema>;

const synthesisSchema = z.object({ stackName: z.string(), template: templateSchema });

export type Synthesis = z.output<typeof synthesisSchema>;

export function parseTemplate(value: unknown): Template {
  return templateSchema.parse(value);
}

/** Context that the local stack deploys with, as `cdk deploy -c name=value` would give it. */
export type SynthesisContext = Readonly<Record<string, string>>;

/**
 * The template that `cdk synth` prints, kept from the last time for as long as
 * nothing that it is made of has changed. Synthesis runs in a process of its
 * own: the CDK is large and nothing here needs it afterwards.
 */
export async function loadTemplate(context: SynthesisContext = {}): Promise<Synthesis> {
  const cached = join(LOCAL_STATE_DIR, 'templates', `${await digestInputs(context)}.json`);
  const kept = await readFile(cached, 'utf8').catch(() => undefined);
  if (kept !== undefined) {
    return synthesisSchema.parse(JSON.parse(kept));
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, 'synthesize.ts'), JSON.stringify(context)],
    { cwd: PROJECT_DIR, maxBuffer: MAX_TEMPLATE_BYTES },
  );
  const synthesis = synthesisSchema.parse(JSON.parse(stdout));
  await mkdir(dirname(cached), { recursive: true });
  const partial = `${cached}.${process.pid}`;
  await writeFile(partial, JSON.stringify(synthesis));
  await rename(partial, cached);
  return synthesis;
}

async function digestInputs(context: SynthesisContext): Promise<string> {
  const files = globSync(TEMPLATE_INPUTS, { cwd: PROJECT_DIR }).toSorted();
  const hash = createHash('sha256').update(JSON.stringify(context));
  for (const file of files) {
    hash.update(`\0${file}\0`).update(await readFile(join(PROJECT_DIR, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
