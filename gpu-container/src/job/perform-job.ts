import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '#contracts/job-record.ts';
import type { JobResult } from '#contracts/job-result.ts';
import { listenForPlacements } from '../onnx/provider/placement-reports.ts';
import { logPlacement } from '../onnx/provider/placement-warnings.ts';
import { getMedia } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import { performTasks } from './perform-tasks.ts';
import type { ReportProgress } from './progress.ts';
import { publishResult } from './publish-result.ts';
import { createStageTimer } from './stage-timer.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/**
 * Runs the stages of a job, from its input to its published artifacts.
 *
 * @throws ReelscribeError with the code of whatever failed for good; the
 *   signal's reason where the attempt was stopped, after its state was stored
 */
export async function performJob(
  record: JobRecord,
  deps: WorkerDependencies,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<JobResult> {
  const scratchDir = await mkdtemp(join(deps.environment.SCRATCH_DIR, 'reelscribe-'));
  try {
    using placements = listenForPlacements((report) => logPlacement(report, deps.log));
    // Before any media is fetched for a GPU that does not work.
    const compute = await deps.findDevice();
    const tools = await deps.findTools();
    signal.throwIfAborted();
    const context: JobContext = {
      record,
      deps,
      tools,
      compute,
      placements,
      timer: createStageTimer(),
      report,
      bootSeconds: performance.now() / 1000,
      scratchDir,
      signal,
    };
    const media = await getMedia(context);
    const results = await performTasks(media, context);
    signal.throwIfAborted();
    return await publishResult(media, results, context);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}
