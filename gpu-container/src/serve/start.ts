import { stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { toFailure } from '#contracts/errors.ts';
import { EXIT_CODES } from '#contracts/exit-codes.ts';
import { findFfmpeg } from '../decode/ffmpeg-binary.ts';
import { createGpuMonitor } from '../gpu/gpu-monitor.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { modelStoreFromEnvironment } from '../models/store.ts';
import { listenForPlacements, type PlacementReports } from '../onnx/provider/placement-reports.ts';
import { logPlacement } from '../onnx/provider/placement-warnings.ts';
import { type ComputeDevice, resolveDevice } from '../onnx/provider/resolve-device.ts';
import { createDrain, type Drain } from './drain.ts';
import { createMetrics } from './metrics.ts';
import { openServiceModels, slotsOf } from './models.ts';
import { createService } from './server.ts';
import type { ServiceDependencies } from './service-context.ts';
import { readServiceEnvironment, type ServiceEnvironment } from './service-environment.ts';
import { createWorkQueue } from './work-queue.ts';

const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
/** For an answer to be sent. */
const CLOSE_GRACE_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;

type Host = Pick<NodeJS.Process, 'on' | 'env' | 'stderr'>;

/**
 * Runs the service until it is told to stop, by SIGTERM or SIGINT; a second one
 * cuts short what is still being worked on.
 *
 * @returns the exit code of the process
 */
export async function startService(host: Host): Promise<number> {
  const read = readServiceEnvironment(host.env);
  if ('problems' in read) {
    host.stderr.write(read.problems.map((problem) => `${problem}\n`).join(''));
    return EXIT_CODES.BROKEN;
  }
  const { environment } = read;
  const missing = await missingFolders(environment);
  if (missing.length > 0) {
    host.stderr.write(missing.map((name) => `${name}: is no folder that is there\n`).join(''));
    return EXIT_CODES.BROKEN;
  }
  const log = createLogger({ service: 'reelscribe' });
  const compute = await findDevice(environment, log);
  if (compute === undefined) {
    return EXIT_CODES.BROKEN;
  }
  using placements = listenForPlacements((report) => logPlacement(report, log));
  const deps = createDependencies(
    { ...environment, DEVICE: compute.device },
    { env: host.env, compute, placements, log },
  );
  const { drain, gpu, models } = deps;
  await using _models = {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(slotsOf(models).map((slot) => slot[Symbol.asyncDispose]()));
    },
  };
  // Tells the health whether there is one; nobody waits for it.
  void gpu.read();
  const server = await listen(createService(deps).fetch, environment);
  log.info({ address: server.address(), device: compute.device }, 'listening');

  await stopSignal(host, drain);
  log.info({ inFlight: drain.inFlight() }, 'draining');
  await drain.finish(environment.DRAIN_SECONDS);
  await close(server);
  log.info('stopped');
  return EXIT_CODES.SUCCEEDED;
}

/** Better found out now than by the first request. */
async function missingFolders(
  environment: ServiceEnvironment,
): Promise<('STORAGE_ROOT' | 'SCRATCH_DIR')[]> {
  const found = await Promise.all(
    (['STORAGE_ROOT', 'SCRATCH_DIR'] as const).map(async (name) => {
      const facts = await stat(environment[name]).catch(() => undefined);
      return facts?.isDirectory() ? [] : [name];
    }),
  );
  return found.flat();
}

/** What the models are to run on, or undefined where that does not work: whoever starts the service reads why. */
async function findDevice(
  environment: ServiceEnvironment,
  log: Logger,
): Promise<ComputeDevice | undefined> {
  try {
    return await resolveDevice(environment, { log });
  } catch (err) {
    const { code, hint } = toFailure(err);
    log.fatal({ err, code, hint }, 'the device that was asked for cannot be used');
    return undefined;
  }
}

function createDependencies(
  environment: ServiceEnvironment,
  {
    env,
    compute,
    placements,
    log,
  }: {
    env: NodeJS.ProcessEnv;
    compute: ComputeDevice;
    placements: PlacementReports;
    log: Logger;
  },
): ServiceDependencies {
  const store = modelStoreFromEnvironment(env);
  const metrics = createMetrics();
  const drain = createDrain();
  const models = openServiceModels(environment, store, { metrics, log });
  const { MAX_WAITING_JOBS: maxWaiting, MAX_EMBEDDING_JOBS, MAX_TEXT_REQUESTS } = environment;
  const queues = {
    // The recogniser's own lanes already take the whole machine.
    transcription: createWorkQueue('transcription', { concurrency: 1, maxWaiting }),
    embedding: createWorkQueue('embedding', { concurrency: MAX_EMBEDDING_JOBS, maxWaiting }),
    text: createWorkQueue('text', { concurrency: MAX_TEXT_REQUESTS, maxWaiting: 0 }),
  };
  metrics.watch(Object.values(queues), slotsOf(models), drain.inFlight);
  metrics.watchDevice(compute, placements.read);
  return {
    environment,
    compute,
    models,
    queues,
    findTools: rememberSuccess(() => findFfmpeg(env, { pullTool: store.pull })),
    gpu: createGpuMonitor(),
    metrics,
    drain,
    log,
  };
}

/** What was found once is there; what was not may be found the next time. */
function rememberSuccess<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => {
    found ??= find().catch((error) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

async function listen(
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'],
  { HOST, PORT, MEDIA_TIMEOUT_SECONDS }: ServiceEnvironment,
): Promise<Server> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      // An upload may take as long as what is done with it.
      requestTimeout: MEDIA_TIMEOUT_SECONDS * 1000,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
  }) as Server;
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(PORT, HOST, resolve);
  await listening;
  return server;
}

function stopSignal(host: Host, drain: Drain): Promise<void> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    host.on(signal, () => {
      if (isAsked) {
        drain.cutShort();
      }
      isAsked = true;
      resolve();
    });
  }
  return asked;
}

/** Answers that are being sent still arrive; a connection that only stays open does not hold the end up. */
async function close(server: Server): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(timer);
}
