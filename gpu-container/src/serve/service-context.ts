import type { MediaTools } from '../decode/ffmpeg-binary.ts';
import type { GpuMonitor } from '../gpu/gpu-monitor.ts';
import type { Logger } from '../log/logger.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';
import type { Drain } from './drain.ts';
import type { ServiceMetrics } from './metrics.ts';
import type { ServiceModels } from './models.ts';
import type { ServiceEnvironment } from './service-environment.ts';
import type { WorkQueue } from './work-queue.ts';

/** What every request carries besides itself. */
export type ServiceEnv = {
  Variables: {
    requestId: string;
    log: Logger;
    /** Aborted when the work of the request must end: its caller is gone, its time is up, or the service stops. */
    signal: AbortSignal;
  };
};

/** What the routes work with. */
export type ServiceDependencies = {
  /** Its DEVICE is the one that is used, where that is not what was asked for. */
  environment: ServiceEnvironment;
  compute: ComputeDevice;
  models: ServiceModels;
  /** By what is scarce: the recogniser, the model that sees, and the waiting room of short texts. */
  queues: { transcription: WorkQueue; embedding: WorkQueue; text: WorkQueue };
  findTools: () => Promise<MediaTools>;
  gpu: GpuMonitor;
  metrics: ServiceMetrics;
  drain: Drain;
  log: Logger;
};
