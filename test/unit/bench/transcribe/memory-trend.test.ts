import { describe, expect, it } from '@jest/globals';
import { settledMemory } from '../../../../bench/transcribe/memory-trend.ts';

const sample = (minute: number, rssMb: number, stage = 'transcribe') => {
  return { stage, mediaSeconds: minute * 60, rssMb };
};

describe('memory after the first ten minutes', () => {
  it('is told with its slope in MiB per hour of media', () => {
    const samples = [0, 10, 40, 70].map((minute) => sample(minute, 500 + minute / 10));
    expect(settledMemory(samples)).toEqual({
      ...{ fromMinute: 10, slopeMbPerHour: expect.closeTo(6) },
      ...{ lowestMb: 501, highestMb: 507, firstMb: 501, lastMb: 507 },
    });
  });

  it('counts neither what comes before nor other stages', () => {
    const samples = [
      ...[sample(1, 100), sample(9, 900)],
      ...[sample(20, 5_000, 'vad'), sample(10, 400), sample(20, 400), sample(30, 400)],
    ];
    expect(settledMemory(samples)).toMatchObject({ slopeMbPerHour: 0, highestMb: 400 });
  });

  it('has no trend in a short recording', () => {
    expect(settledMemory([sample(1, 100), sample(12, 100)])).toBeNull();
  });
});
