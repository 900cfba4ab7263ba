import { describe, expect, it } from '@jest/globals';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';

describe('the stage timer', () => {
  it('keeps stages in the order in which they began, with what computed them', async () => {
    const timer = createStageTimer();
    expect(await timer.time('vad', async () => 7, 'cpu')).toBe(7);
    await timer.time('transcribe', async () => {}, 'cuda');

    expect(timer.metrics).toMatchObject([
      { stage: 'vad', device: 'cpu' },
      { stage: 'transcribe', device: 'cuda' },
    ]);
    expect(timer.metrics.every(({ peakRssBytes }) => peakRssBytes > 0)).toBe(true);
  });

  it('adds up what a stage takes that runs more than once', async () => {
    const timer = createStageTimer();
    await timer.time('vad', () => new Promise((resolve) => setTimeout(resolve, 5)));
    const [once] = timer.metrics.map(({ wallSeconds }) => wallSeconds);
    await timer.time('transcribe', async () => {});
    await timer.time('vad', async () => {});

    expect(timer.metrics.map(({ stage }) => stage)).toEqual(['vad', 'transcribe']);
    expect(timer.metrics[0]?.wallSeconds).toBeGreaterThan(once ?? Number.NaN);
  });
});
