import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../../bench/command/run-bench.ts';
import { PART_NAMES, parseGpuArguments } from '../../../../bench/gpu/arguments.ts';

const parse = (...args: string[]) => parseGpuArguments(args);

describe('the command line of the GPU bench', () => {
  it('measures everything in published shapes on a GPU in half precision unless it is told otherwise', () => {
    expect(parse()).toEqual({
      ...{ device: 'cuda', precision: 'fp16', shapes: 'published', parts: PART_NAMES },
      ...{ batches: [32, 16, 1, 8, 64], tokens: 120, rounds: 3, budgetSeconds: 450 },
      ...{ providerDir: undefined, python: 'python3', record: false },
    });
  });

  it('takes single precision on a CPU, unless that is told otherwise too', () => {
    expect(parse('--device', 'cpu').precision).toBe('fp32');
    expect(parse('--device', 'cpu', '--precision', 'fp16').precision).toBe('fp16');
  });

  it('leaves PyTorch out where there is to be no peer', () => {
    expect(parse('--skip-peer', '--parts', 'pytorch-turbo,clip,turbo').parts).toEqual([
      'clip',
      'turbo',
    ]);
  });

  it.each([
    [['--device', 'tpu'], '--device takes cuda, cpu'],
    [['--shapes', 'large'], '--shapes takes published, tiny'],
    [['--parts', 'clip,moon'], '--parts takes'],
    [['--batches', '1,0'], '--batches'],
    [['--record', '--shapes', 'tiny'], '--record'],
    [['--record', '--device', 'cpu'], '--record'],
    [['--fast'], 'fast'],
  ])('refuses %j', (args, reason) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(reason);
  });
});
