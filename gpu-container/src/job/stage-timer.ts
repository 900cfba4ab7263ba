import type { StageMetrics } from '#contracts/transcript.ts';

/**
 * Runs stages one after another and keeps how long each took and how much memory
 * the process had reached. A stage that runs again, for another channel, adds to
 * what it took before.
 */
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
      const earlier = metrics.findIndex((one) => one.stage === stage);
      metrics.splice(earlier === -1 ? metrics.length : earlier, 1, {
        stage,
        wallSeconds: (metrics[earlier]?.wallSeconds ?? 0) + (performance.now() - start) / 1000,
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
