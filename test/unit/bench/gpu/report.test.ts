import { describe, expect, it } from '@jest/globals';
import { buildReport } from '../../../../bench/gpu/report.ts';
import { outcomes, PROBED, setting } from './sample-outcomes.ts';

describe('the report of the GPU bench', () => {
  it('has the best of each figure, with the batch of the fastest transcription', () => {
    const report = buildReport(setting('published'), PROBED, outcomes(100));
    expect(report).toMatchObject({
      ...{ bench: 'gpu', gpu: 'NVIDIA H200', driver: '580.159', precision: 'fp16' },
      ...{ onnxruntime: 'onnxruntime 1.29.0', pytorch: 'torch 2.11.0' },
      ...{ hasParity: true, rtfxTurbo: 480, batch: 16, rtfxLargeV3: null },
      ...{ clipFps: 5000, clipFpsOfFrames: 900, vjepa2ClipsPerSecond: 9, vjepa2Frames: 64 },
      ...{ pytorchRtfxTurbo: 240, pytorchClipFps: null },
    });
  });

  it('takes the time of a step from runs of many tokens and of one', () => {
    const { whisper, loops, inGraphOverLoop } = buildReport(
      setting('published'),
      PROBED,
      outcomes(100),
    );
    expect(whisper.map(({ part, batch, stepMs }) => [part, batch, stepMs])).toEqual([
      ['turbo', 1, 2],
      ['turbo', 16, 5],
      ['pytorch-turbo', 16, 10],
    ]);
    expect(loops).toEqual([
      { batch: 16, steps: 12, loopStepMs: 40, inGraphStepMs: 5, inGraphOverLoop: 8 },
    ]);
    expect(inGraphOverLoop).toBe(8);
  });

  it('gives no figure for a published model where another was measured', () => {
    const report = buildReport(setting('miniature'), PROBED, outcomes(100));
    expect(report).toMatchObject({
      ...{ rtfxTurbo: null, batch: null, inGraphOverLoop: null, pytorchRtfxTurbo: null },
      ...{ clipFps: null, clipFpsOfFrames: null, vjepa2ClipsPerSecond: null },
    });
    expect(report.whisper).toHaveLength(3);
  });

  it('has parity with every token the same, not with most of them or none compared', () => {
    const parityOf = (...args: Parameters<typeof buildReport>) => buildReport(...args).hasParity;
    expect(parityOf(setting('published'), PROBED, outcomes(99))).toBe(false);
    expect(parityOf(setting('published'), PROBED, [])).toBe(false);
    expect(parityOf(setting('published', ['clip']), PROBED, [])).toBeNull();
  });
});
