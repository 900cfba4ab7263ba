import { describe, expect, it } from '@jest/globals';
import { describeReport } from '../../../../bench/gpu/describe-report.ts';
import { buildReport } from '../../../../bench/gpu/report.ts';
import { outcomes, PROBED, setting } from './sample-outcomes.ts';

const linesFor = (equalTokens: number) =>
  describeReport(buildReport(setting('published'), PROBED, outcomes(equalTokens))).split('\n');

describe('the table of the GPU bench', () => {
  it('begins with parity', () => {
    expect(linesFor(100)[0]).toMatch(/^Parity: .* 100 of 100 tokens on cuda in fp16/);
  });

  it('says in its first line that no speed counts without parity', () => {
    expect(linesFor(98)[0]).toMatch(/^NO PARITY, .* 98 of 100 tokens/);
    const nothing = describeReport(buildReport(setting('published'), PROBED, []));
    expect(nothing).toMatch(/^NO PARITY: whisper-tiny could not be compared/);
  });

  it('has a row for each figure', () => {
    const lines = linesFor(100).map((line) => line.replaceAll(/ {2,}/g, ' | '));
    expect(lines).toContain('turbo | 16 | 101 | 1000.0 | 500.0 | 5.000 | 480.0');
    expect(lines).toContain('turbo, batch 16 | 5.000 | 40.000 | 8.0');
    expect(lines).toContain('CLIP, prepared pixels | ours | 128 | 5000.0');
    expect(lines).toContain('V-JEPA 2, clips of 64 frames | ours | 1 | 9.00');
  });

  it('tells of a part that is not whole', () => {
    const [parity] = outcomes(100);
    const failed = { ...parity!, failure: 'out of time' };
    const text = describeReport(buildReport(setting('published'), PROBED, [failed]));
    expect(text).toContain('parity: 10.0 s, NOT WHOLE: out of time');
  });
});
