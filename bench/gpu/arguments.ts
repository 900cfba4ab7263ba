import { parseArgs } from 'node:util';
import { UsageError } from '../command/run-bench.ts';
import { positiveInteger } from '../transcribe/arguments.ts';

/** In the order in which they are measured: what matters most comes first. */
export const PART_NAMES = [
  'parity',
  'turbo',
  'loop',
  'clip',
  'vjepa2',
  'large-v3',
  'pytorch-turbo',
  'pytorch-clip',
  'pytorch-vjepa2',
  'pytorch-large-v3',
] as const;
export type PartName = (typeof PART_NAMES)[number];

export type GpuArguments = {
  readonly device: 'cpu' | 'cuda';
  /** A GPU is for half precision; a CPU computes it too, slowly. */
  readonly precision: 'fp16' | 'fp32';
  /** `published`: models as large as those that are published; `miniature`: to try the bench out. */
  readonly shapes: 'published' | 'miniature';
  readonly parts: readonly PartName[];
  /** Windows of a batch. */
  readonly batches: readonly number[];
  /** Written of each window. */
  readonly tokens: number;
  readonly rounds: number;
  /** What all parts together may take. */
  readonly budgetSeconds: number;
  /** Folder with the CUDA provider's libraries, in place of the published ones. */
  readonly providerDir: string | undefined;
  readonly python: string;
  /** Keeps the figures in docs/gpu-bench.json. */
  readonly record: boolean;
};

export const USAGE = `Usage: npm run bench:gpu -- [options]

  --device NAME        cuda or cpu (default: cuda)
  --precision NAME     fp16 or fp32 (default: fp16 on a GPU, fp32 on a CPU)
  --shapes NAME        published or tiny; tiny is for trying the bench out (default: published)
  --parts LIST         only these of ${PART_NAMES.join(', ')}
  --skip-peer          ours alone, without PyTorch
  --batches LIST       windows of a batch (default: 32,16,1,8,64)
  --tokens N           written of each window (default: 120)
  --rounds N           timed runs, of which the median counts (default: 3)
  --budget SECONDS     parts are left out when it runs out (default: 450)
  --provider-dir DIR   folder with libonnxruntime_providers_{cuda,shared}.so, built for
                       the onnxruntime of package.json (default: beside onnxruntime-node,
                       or else fetched from npm)
  --python PATH        a Python with PyTorch and transformers (default: python3)
  --record             keep the figures in docs/gpu-bench.json`;

/** @throws UsageError */
export function parseGpuArguments(args: readonly string[]): GpuArguments {
  const values = parse(args);
  const device = oneOf('--device', values.device, ['cuda', 'cpu'] as const);
  const shapes = oneOf('--shapes', values.shapes, ['published', 'tiny'] as const);
  if (values.record && (device !== 'cuda' || shapes !== 'published')) {
    throw new UsageError('--record is for published shapes on a GPU');
  }
  const usual = device === 'cuda' ? 'fp16' : 'fp32';
  return {
    device,
    precision: oneOf('--precision', values.precision ?? usual, ['fp16', 'fp32'] as const),
    shapes: shapes === 'tiny' ? 'miniature' : shapes,
    parts: listed(values.parts)
      .map((name) => oneOf('--parts', name, PART_NAMES))
      .filter((name) => !(values['skip-peer'] && name.startsWith('pytorch-'))),
    batches: listed(values.batches).map((text) => positiveInteger('--batches', text)),
    tokens: positiveInteger('--tokens', values.tokens),
    rounds: positiveInteger('--rounds', values.rounds),
    budgetSeconds: positiveInteger('--budget', values.budget),
    providerDir: values['provider-dir'],
    python: values.python,
    record: values.record,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        device: { type: 'string', default: 'cuda' },
        precision: { type: 'string' },
        shapes: { type: 'string', default: 'published' },
        parts: { type: 'string', default: PART_NAMES.join(',') },
        'skip-peer': { type: 'boolean', default: false },
        batches: { type: 'string', default: '32,16,1,8,64' },
        tokens: { type: 'string', default: '120' },
        rounds: { type: 'string', default: '3' },
        budget: { type: 'string', default: '450' },
        'provider-dir': { type: 'string' },
        python: { type: 'string', default: 'python3' },
        record: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function listed(text: string): string[] {
  return text.split(',').filter((item) => item !== '');
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const name = names.find((known) => known === text);
  if (name === undefined) {
    throw new UsageError(`${option} takes ${names.join(', ')}`);
  }
  return name;
}
