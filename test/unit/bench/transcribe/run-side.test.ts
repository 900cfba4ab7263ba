import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { firstCores } from '../../../../bench/transcribe/processor-cores.ts';
import { runSide } from '../../../../bench/transcribe/run-side.ts';

const SCRIPT = join(import.meta.dirname, 'crashing-side.ts');

function job(model: string, ...names: string[]) {
  const input = (name: string) => ({ name, pcmPath: '', seconds: 1, language: undefined });
  return {
    ...{ model, threads: 1, vad: true, wordTimestamps: false },
    ...{ warmUp: input('warm-up'), inputs: names.map(input) },
  };
}

describe('a side in a process of its own', () => {
  it('tells its texts, times and memory', async () => {
    const { results, peakRssMb } = await runSide(SCRIPT, job('model', 'a', 'b'));
    expect([...results].map(([name, { text }]) => [name, text])).toEqual([
      ['a', 'a by model'],
      ['b', 'b by model'],
    ]);
    expect(results.get('a')?.seconds).toBeGreaterThanOrEqual(0);
    expect(peakRssMb).toBeGreaterThan(10);
  });

  it('goes on after an input that it fails on, which has no text', async () => {
    const { results } = await runSide(SCRIPT, job('model', 'refused', 'b'));
    expect(results.get('refused')).toMatchObject({ text: '', failure: 'too noisy' });
    expect(results.get('b')).toMatchObject({ text: 'b by model' });
  });

  it('is started again after an input that it dies on', async () => {
    const { results } = await runSide(SCRIPT, job('model', 'a', 'deadly', 'b'));
    expect(results.get('a')).toMatchObject({ text: 'a by model' });
    expect(results.get('deadly')).toMatchObject({ text: '', failure: 'the process ended with 7' });
    expect(results.get('b')).toMatchObject({ text: 'b by model' });
  });

  it('ends the bench where it cannot begin', async () => {
    await expect(runSide(SCRIPT, job('broken', 'a'))).rejects.toThrow('the model is broken');
  });
});

describe('the cores that a side is pinned to', () => {
  it.each([
    ['0-7', 2, '0,1'],
    ['3,5-6,9', 3, '3,5,6'],
    ['4', 1, '4'],
    ['0-1', 4, undefined],
    ['', 1, undefined],
  ])('of %j, %d, are %j', (list, count, expected) => {
    expect(firstCores(list, count)).toBe(expected);
  });
});
