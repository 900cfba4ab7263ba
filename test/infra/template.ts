import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { synthesizeTemplate } from '../../infra/synthesize.ts';

const SYNTHESIZER = join(import.meta.dirname, '..', '..', 'local', 'stack', 'synthesize.ts');
const MAX_TEMPLATE_BYTES = 16 * 2 ** 20;

/** Buckets that the synthesised deployment may read and write, so that their permissions show. */
export const INPUT_BUCKET = 'media-in';
export const OUTPUT_BUCKET = 'results-out';

// biome-ignore lint/suspicious/noExplicitAny: properties are as CloudFormation defines them for each type
type Properties = Record<string, any>;

export type Resource = { name: string; type: string; properties: Properties };

/** A synthesised template with readable names: logical ids without their hash, intrinsics as text. */
export type Stack = ReturnType<typeof synthesize>;

export function synthesize(context: Record<string, unknown> = {}) {
  const { template } = synthesizeApart({
    allowedInputBuckets: INPUT_BUCKET,
    allowedOutputBuckets: OUTPUT_BUCKET,
    ...context,
  });
  const resources: Resource[] = Object.entries(template.Resources).map(([id, resource]) => ({
    name: readableId(id),
    type: resource.Type,
    properties: (readable(resource.Properties ?? {}) ?? {}) as Properties,
  }));
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    template,
    resources,
    ofType,
    /** The properties of the one resource of that type and readable name. */
    get(type: string, name: string): Properties {
      const found = ofType(type).filter((resource) => resource.name === name);
      if (found.length !== 1 || found[0] === undefined) {
        const names = ofType(type).map((resource) => resource.name);
        throw new Error(`${found.length} × ${type} ${name} among ${names.join(', ')}`);
      }
      return found[0].properties;
    },
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([name, { Value }]) => [name, readable(Value)]),
    ),
  };
}

/** In a process of its own: the CDK is half a thousand modules, which Jest would load file by file. */
function synthesizeApart(context: Record<string, unknown>): ReturnType<typeof synthesizeTemplate> {
  const args = ['--disable-warning=ExperimentalWarning', SYNTHESIZER, JSON.stringify(context)];
  const options = { encoding: 'utf8', maxBuffer: MAX_TEMPLATE_BYTES } as const;
  return JSON.parse(execFileSync(process.execPath, args, options));
}

/** `<JobTable.Arn>/index/byTenant` for what CloudFormation puts together when it deploys. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Ref') {
    return `<${readableId(String(argument))}>`;
  }
  if (others.length === 0 && name === 'Fn::GetAtt') {
    const [id, attribute] = argument as [string, string];
    return `<${readableId(id)}.${attribute}>`;
  }
  if (others.length === 0 && name === 'Fn::Join') {
    const [delimiter, parts] = argument as [string, unknown[]];
    return parts.map((part) => String(readable(part))).join(delimiter);
  }
  if (others.length === 0 && name === 'Fn::Sub') {
    return String(argument).replaceAll(/\$\{([^}]+)\}/g, '<$1>');
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]));
}

function readableId(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '');
}
