import { openDeterministicVideo } from '../../../../gpu-container/src/embed/deterministic/deterministic-video.ts';
import type { PlacementReport } from '../../../../gpu-container/src/onnx/provider/placement-reports.ts';
import type { ComputeDevice } from '../../../../gpu-container/src/onnx/provider/resolve-device.ts';
import { createDrain } from '../../../../gpu-container/src/serve/drain.ts';
import { createMetrics } from '../../../../gpu-container/src/serve/metrics.ts';
import { type ModelSlot, openModelSlot } from '../../../../gpu-container/src/serve/model-slot.ts';
import { type ServiceModels, slotsOf } from '../../../../gpu-container/src/serve/models.ts';
import { createService } from '../../../../gpu-container/src/serve/server.ts';
import type { ServiceDependencies } from '../../../../gpu-container/src/serve/service-context.ts';
import { serviceEnvironmentSchema } from '../../../../gpu-container/src/serve/service-environment.ts';
import { openTextVectors } from '../../../../gpu-container/src/serve/text-vectors.ts';
import { createWorkQueue } from '../../../../gpu-container/src/serve/work-queue.ts';
import { findMediaTools } from '../../../environment/media-tools.ts';
import { createTestLog } from '../../../environment/test-log.ts';

export const TOKEN = 'a-token-of-more-than-24-characters';

/** A model that is what it is told to be. */
export function slotOf<T>(name: string, open: () => Promise<T>): ModelSlot<T> {
  return openModelSlot({
    name,
    open,
    close: async () => {},
    waitSeconds: 0.05,
    retrySeconds: 60,
    onLoaded: () => {},
    log: createTestLog().log,
  });
}

/** The video model that needs no files, and what it makes of texts. */
export function deterministicVideo() {
  const embedder = openDeterministicVideo();
  const { version, dims } = embedder;
  const texts = openTextVectors(
    { version, dims, embed: (batch) => embedder.embedTexts!(batch) },
    { MAX_BATCH: 8, MAX_BATCH_WAIT_MS: 0 },
    () => {},
  );
  return { embedder, texts };
}

/** The service over its real queues, drain and metrics, with models that load at once. */
export function openBench(
  options: {
    storageRoot?: string;
    scratchDir?: string;
    variables?: Record<string, string>;
    compute?: ComputeDevice;
    placements?: readonly PlacementReport[];
    models?: Partial<ServiceModels>;
  } = {},
) {
  const environment = serviceEnvironmentSchema.parse({
    STORAGE_ROOT: options.storageRoot ?? '/nowhere',
    SCRATCH_DIR: options.scratchDir ?? '/nowhere',
    SERVICE_TOKEN: TOKEN,
    VIDEO_MODEL: 'deterministic',
    ...options.variables,
  });
  const { MAX_EMBEDDING_JOBS, MAX_WAITING_JOBS: maxWaiting } = environment;
  const models: ServiceModels = {
    texts: [],
    video: slotOf('deterministic', async () => deterministicVideo()),
    transcription: undefined,
    ...options.models,
  };
  const drain = createDrain();
  const metrics = createMetrics();
  const { log, lines } = createTestLog();
  const compute = options.compute ?? { device: 'cpu', warnings: [] };
  const deps: ServiceDependencies = {
    environment,
    compute,
    models,
    queues: {
      transcription: createWorkQueue('transcription', { concurrency: 1, maxWaiting }),
      embedding: createWorkQueue('embedding', { concurrency: MAX_EMBEDDING_JOBS, maxWaiting }),
      text: createWorkQueue('text', { concurrency: environment.MAX_TEXT_REQUESTS, maxWaiting: 0 }),
    },
    findTools: findMediaTools,
    gpu: { read: async () => ({ gpus: [] }), isAvailable: () => false },
    metrics,
    drain,
    log,
  };
  metrics.watch(Object.values(deps.queues), slotsOf(models), drain.inFlight);
  metrics.watchDevice(compute, () => options.placements ?? []);
  const app = createService(deps);
  const authorization = { authorization: `Bearer ${TOKEN}` };

  return {
    app,
    drain,
    lines,
    queues: deps.queues,
    get: (path: string) => app.request(path, { headers: authorization }),
    postJson: (path: string, body: unknown, init: RequestInit = {}) =>
      app.request(path, {
        method: 'POST',
        headers: { ...authorization, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      }),
    postForm: async (path: string, form: FormData) => {
      const encoded = new Response(form);
      const type = encoded.headers.get('content-type') ?? '';
      return app.request(path, {
        method: 'POST',
        headers: { ...authorization, 'content-type': type },
        body: await encoded.arrayBuffer(),
      });
    },
  };
}

/** The body of an answer, whatever it is. */
export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
