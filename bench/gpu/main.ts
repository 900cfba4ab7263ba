import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ReelscribeError } from '#contracts/errors.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { runBench, say } from '../command/run-bench.ts';
import { type GpuArguments, parseGpuArguments, USAGE } from './arguments.ts';
import { describeReport } from './describe-report.ts';
import { benchParts, ourSide } from './parts.ts';
import { buildReport, type Report } from './report.ts';
import { runParts } from './run-parts.ts';
import { CPU_DEVICE, setUpCuda } from './setup-device.ts';
import { runSide } from './sides/run-side.ts';

const PROJECT_DIR = resolve(import.meta.dirname, '../..');
const CACHE_DIR = join(PROJECT_DIR, '.reelscribe', 'bench', 'gpu');
const RECORD = join(PROJECT_DIR, 'docs', 'gpu-bench.json');

const EXIT_NO_PARITY = 1;
const EXIT_NO_GPU = 3;
const PROBE_TIMEOUT_MS = 60_000;

await runBench(USAGE, async (args, scratchDir) => {
  const options = parseGpuArguments(args);
  try {
    const report = await measure(options, scratchDir, args);
    if (report.hasParity === false) {
      process.exitCode = EXIT_NO_PARITY;
    }
    const line = JSON.stringify(report);
    if (options.record && report.hasParity) {
      await writeFile(RECORD, `${line}\n`);
    }
    return `${describeReport(report)}\n\n${line}`;
  } catch (error) {
    if (!(error instanceof ReelscribeError && error.code === 'GPU_UNAVAILABLE')) {
      throw error;
    }
    process.exitCode = EXIT_NO_GPU;
    const { code, message, hint } = error;
    return `${code}: ${message}\n${hint}\n\n${JSON.stringify({ bench: 'gpu', error: code, message })}`;
  }
});

async function measure(
  options: GpuArguments,
  scratchDir: string,
  args: readonly string[],
): Promise<Report> {
  const deadline = performance.now() + options.budgetSeconds * 1000;
  const device =
    options.device === 'cuda'
      ? await setUpCuda({ providerDir: options.providerDir, cacheDir: CACHE_DIR, say })
      : CPU_DEVICE;
  const probe = await runSide(ourSide('probe', options, {}, device.env), PROBE_TIMEOUT_MS);
  if (probe.failure !== undefined) {
    throw probe.code === 'GPU_UNAVAILABLE'
      ? new ReelscribeError(probe.code, probe.failure, probe)
      : new Error(probe.failure);
  }
  const parts = benchParts(options, {
    ...{ store: modelStoreFromEnvironment(), cacheDir: CACHE_DIR, scratchDir },
    env: device.env,
  });
  const now = () => performance.now();
  const outcomes = await runParts(parts, deadline, { run: runSide, now, say });
  const { env: _, ...told } = device;
  const command = ['npm run bench:gpu', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  return buildReport({ ...told, options, command }, probe.measurements, outcomes);
}
