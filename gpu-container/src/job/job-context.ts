import type { JobRecord } from '#contracts/job-record.ts';
import type { MediaTools } from '../decode/ffmpeg-binary.ts';
import type { PlacementReports } from '../onnx/provider/placement-reports.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';
import type { ReportProgress } from './progress.ts';
import type { StageTimer } from './stage-timer.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/** What every stage of one attempt can use. */
export type JobContext = {
  record: JobRecord;
  deps: WorkerDependencies;
  tools: MediaTools;
  /** What the models run on. */
  compute: ComputeDevice;
  /** Where those that were given to the GPU turned out to run. */
  placements: Pick<PlacementReports, 'read'>;
  timer: StageTimer;
  report: ReportProgress;
  /** How long the process had lived when its first stage began. */
  bootSeconds: number;
  /** A folder on the local disk that goes with the attempt. */
  scratchDir: string;
  /** Aborted when the attempt must stop; its reason is what stages throw. */
  signal: AbortSignal;
};
