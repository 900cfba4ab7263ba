import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { PlacementReport } from '../onnx/provider/placement-reports.ts';
import type { ComputeDevice } from '../onnx/provider/resolve-device.ts';
import type { ModelSlot } from './model-slot.ts';
import type { WorkQueue } from './work-queue.ts';

/** From an answer out of memory to the transcription of hours. */
const DURATION_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1_800,
];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** What the service counts of itself. */
export type ServiceMetrics = ReturnType<typeof createMetrics>;

/** Makes the metrics, in a registry of their own, with those of the process. */
export function createMetrics() {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: 'reelscribe_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'reelscribe_http_request_duration_seconds',
    help: 'From the headers of a request until its answer is ready.',
    labelNames: ['route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const batchSizes = new Histogram({
    name: 'reelscribe_text_batch_size',
    help: 'Texts that shared a forward pass.',
    labelNames: ['model'],
    buckets: BATCH_BUCKETS,
    registers,
  });
  const processedFiles = new Counter({
    name: 'reelscribe_processed_files_total',
    help: 'Files, and sets of frames, that were worked through.',
    registers,
  });
  const loadSeconds = new Gauge({
    name: 'reelscribe_model_load_seconds',
    help: 'How long it took to fetch and load a model.',
    labelNames: ['model'],
    registers,
  });
  const device = new Gauge({
    name: 'reelscribe_device_info',
    help: '1, with what the models run on; of a GPU its name, driver, memory and compute capability.',
    labelNames: ['device', 'gpu', 'driver', 'memory_mib', 'compute_capability'],
    registers,
  });
  let filesDone = 0;

  return {
    registry,
    observeRequest(labels: { method: string; route: string; status: number }, seconds: number) {
      requests.inc(labels);
      durations.observe({ route: labels.route, status: labels.status }, seconds);
    },
    observeBatch: (model: string, size: number) => batchSizes.observe({ model }, size),
    observeLoad: (model: string, seconds: number) => loadSeconds.set({ model }, seconds),
    countFile() {
      filesDone += 1;
      processedFiles.inc();
    },
    processedFiles: () => filesDone,
    /** Tells what the models run on and, whenever the metrics are read, how much of each runs on the GPU. */
    watchDevice(
      compute: Pick<ComputeDevice, 'device' | 'gpu'>,
      placements: () => readonly PlacementReport[],
    ) {
      const { name = '', driver = '', memoryMib = '', computeCapability = '' } = compute.gpu ?? {};
      const { device: label } = compute;
      device.set(
        {
          device: label,
          gpu: name,
          driver,
          memory_mib: memoryMib,
          compute_capability: computeCapability,
        },
        1,
      );
      watchValues(registry, {
        name: 'reelscribe_model_device_share',
        help: 'Of a run of a model, the share of time without the CPU computing for it; none on the CPU.',
        label: 'model',
        values: () => placements().map(({ model, placement }) => [model, placement.deviceShare]),
      });
    },
    /** Has the state of these looked at whenever the metrics are read. */
    watch(
      queues: readonly WorkQueue[],
      slots: readonly ModelSlot<unknown>[],
      requestsInFlight: () => number,
    ) {
      watchValues(registry, {
        name: 'reelscribe_queue_depth',
        help: 'Requests that wait for their turn, or receive their input.',
        label: 'queue',
        values: () => queues.map((queue) => [queue.name, queue.waiting()]),
      });
      watchValues(registry, {
        name: 'reelscribe_jobs_in_flight',
        help: 'Requests that are at work.',
        label: 'queue',
        values: () => queues.map((queue) => [queue.name, queue.active()]),
      });
      watchValues(registry, {
        name: 'reelscribe_model_loaded',
        help: '1 where the model is loaded, 0 where it is not.',
        label: 'model',
        values: () => slots.map((slot) => [slot.name, Number(slot.state() === 'loaded')]),
      });
      new Gauge({
        name: 'reelscribe_http_requests_in_flight',
        help: 'Requests that are not answered yet.',
        registers,
        collect() {
          this.set(requestsInFlight());
        },
      });
    },
  };
}

function watchValues(
  registry: Registry,
  gauge: {
    name: string;
    help: string;
    label: string;
    values: () => readonly (readonly [name: string, value: number])[];
  },
): void {
  new Gauge({
    name: gauge.name,
    help: gauge.help,
    labelNames: [gauge.label],
    registers: [registry],
    collect() {
      for (const [name, value] of gauge.values()) {
        this.set({ [gauge.label]: name }, value);
      }
    },
  });
}
