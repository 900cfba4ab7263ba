import type { StageMetrics } from '#contracts/transcript.ts';

/** Runs stages one after another and keeps how long each took and how much memory the process had reached. */
export type StageTimer = ReturnType<typeof createStageTimer>;

export function createStageTimer() {
  const metrics: StageMetrics[] = [];

  return {
    metrics: metrics as readonly StageMetrics[],

    async time<T>(
      stage: StageMetrics['stage'],
      work: () => Promise<T>,
      device?: StageMetrics['device'],
    ): Promise<T> {
      const start = performance.now();
      const result = await work();
      metrics.push({
        stage,
        wallSeconds: (performance.now() - start) / 1000,
        peakRssBytes: peakRssBytes(),
        ...(device === undefined ? {} : { device }),
      });
      return result;
    },
  };
}

/** Highest resident set of this process so far, in bytes (the kernel counts in KiB). */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
