import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { tasksSchema } from '#contracts/job-request.ts';
import { STAGES } from '#contracts/stages.ts';
import type { Progress } from '#contracts/webhook-events.ts';
import {
  createProgressReporter,
  jobFraction,
  stageShares,
} from '../../../../gpu-container/src/job/progress.ts';

const ALL_TASKS = parseTasks({
  transcription: {},
  diarization: {},
  videoEmbedding: {},
  textEmbedding: {},
});
const SHARES = stageShares(ALL_TASKS);

function parseTasks(tasks: z.input<typeof tasksSchema>) {
  return tasksSchema.parse(tasks);
}

function reporterWithClock(firstSequence = 1) {
  const sent: Progress[] = [];
  let seconds = 100;
  const reporter = createProgressReporter({
    send: async (progress) => {
      sent.push(progress);
    },
    firstSequence,
    shares: SHARES,
    intervalSeconds: 5,
    nowSeconds: () => seconds,
  });
  return {
    sent,
    async report(...args: Parameters<typeof reporter.report>) {
      reporter.report(...args);
      await reporter.idle();
    },
    pass(elapsed: number) {
      seconds += elapsed;
    },
  };
}

describe('the fraction of a job', () => {
  it('starts at 0, ends at 1 and never falls from stage to stage', () => {
    const steps = STAGES.flatMap((stage) => [
      jobFraction(SHARES, stage, 0),
      jobFraction(SHARES, stage, 1),
    ]);

    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBeCloseTo(1, 9);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  it('is given to the stages that the job has', () => {
    const words = stageShares(parseTasks({ transcription: {} }));
    const pictures = stageShares(parseTasks({ videoEmbedding: {} }));

    expect(words).toMatchObject({ diarize: 0, embed: 0 });
    expect(pictures).toMatchObject({ decode: 0, vad: 0, transcribe: 0, diarize: 0 });
    expect(pictures.embed).toBeGreaterThan(0.5);
    expect(jobFraction(pictures, 'publish', 1)).toBeCloseTo(1, 9);
  });

  it('stays inside the stage whatever the stage claims', () => {
    expect(jobFraction(SHARES, 'decode', 7)).toBe(jobFraction(SHARES, 'decode', 1));
    expect(jobFraction(SHARES, 'decode', -7)).toBe(jobFraction(SHARES, 'decode', 0));
  });
});

describe('progress reports', () => {
  it('tell the first of every stage at once and the rest once an interval', async () => {
    const { sent, report, pass } = reporterWithClock();

    await report('decode', 0, 0);
    await report('decode', 0.1, 10);
    await report('vad', 0, 0);
    pass(6);
    await report('vad', 0.5, 300);

    expect(sent.map(({ stage, mediaSeconds }) => [stage, mediaSeconds])).toEqual([
      ['decode', 0],
      ['vad', 0],
      ['vad', 300],
    ]);
  });

  it('tell how many media seconds a second takes within the stage', async () => {
    const { sent, report, pass } = reporterWithClock();

    await report('transcribe', 0.5, 100);
    pass(10);
    await report('transcribe', 0.9, 180);

    expect(sent[0]).not.toHaveProperty('realTimeFactor');
    expect(sent[1]?.realTimeFactor).toBe(8);
  });

  it('never take the fraction back when a stage begins again', async () => {
    const { sent, report, pass } = reporterWithClock();

    await report('fetch', 0.5, 0);
    pass(6);
    await report('fetch', 0.1, 0);
    pass(6);
    await report('fetch', 0.6, 0);

    expect(sent.map(({ fraction }) => fraction)).toEqual([
      jobFraction(SHARES, 'fetch', 0.5),
      jobFraction(SHARES, 'fetch', 0.5),
      jobFraction(SHARES, 'fetch', 0.6),
    ]);
  });

  it('number on from an earlier attempt, so that a receiver can order them', async () => {
    const { sent, report } = reporterWithClock(42);

    await report('fetch', 0, 0);
    await report('decode', 0, 0);

    expect(sent.map(({ sequence }) => sequence)).toEqual([42, 43]);
  });

  it('wait for the one before them where a stage begins, and are up to date when they go', async () => {
    const sent: Progress[] = [];
    const deliveries: (() => void)[] = [];
    const reporter = createProgressReporter({
      shares: SHARES,
      send: (progress) => {
        sent.push(progress);
        return new Promise((resolve) => deliveries.push(resolve));
      },
      firstSequence: 1,
      intervalSeconds: 5,
      nowSeconds: () => 0,
    });

    reporter.report('vad', 0, 0);
    reporter.report('vad', 1, 20);
    reporter.report('transcribe', 0, 0);
    reporter.report('transcribe', 0.5, 10);
    deliveries[0]!();
    const idle = reporter.idle();
    await new Promise(setImmediate);
    deliveries[1]!();
    await idle;

    expect(sent.map(({ stage, mediaSeconds }) => [stage, mediaSeconds])).toEqual([
      ['vad', 0],
      ['transcribe', 10],
    ]);
  });

  it('are dropped when they cannot be sent, without disturbing the work', async () => {
    const reporter = createProgressReporter({
      shares: SHARES,
      send: () => Promise.reject(new Error('no network')),
      firstSequence: 1,
      intervalSeconds: 5,
      nowSeconds: () => 0,
    });

    reporter.report('fetch', 0, 0);

    await expect(reporter.idle()).resolves.toBeUndefined();
  });
});
