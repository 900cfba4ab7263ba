import type { Gpu } from '#contracts/job-result.ts';
import type { GpuMetrics } from '#contracts/service.ts';
import { type ProcessOutput, runProcess } from '../decode/run-process.ts';

/** A driver that has to wake its GPU first takes a second or two. */
const TIMEOUT_MS = 5_000;

const FIELDS = [
  'index',
  'uuid',
  'name',
  'driver_version',
  'compute_cap',
  'utilization.gpu',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'power.draw',
] as const;

type Field = (typeof FIELDS)[number];

/** What nvidia-smi tells of one GPU. */
export type GpuReading = GpuMetrics['gpus'][number];

/** Runs a program and returns what it writes; rejects where it fails. */
export type RunTool = (
  command: string,
  args: readonly string[],
  options: { timeoutMs: number },
) => Promise<Pick<ProcessOutput, 'stdout'>>;

/** The GPUs of the machine as nvidia-smi tells of them now; none where it is not there or does not answer. */
export async function readGpus(run: RunTool = runProcess): Promise<GpuReading[]> {
  const query = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
  return await run('nvidia-smi', query, { timeoutMs: TIMEOUT_MS }).then(
    ({ stdout }) => parseGpus(stdout),
    () => [],
  );
}

/** Reads the lines that nvidia-smi writes; `[N/A]` and its like become null. */
export function parseGpus(csv: string): GpuReading[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === FIELDS.length && /^\d+$/.test(cells[0] ?? ''))
    .map((cells) => {
      const cell = (field: Field) => cells[FIELDS.indexOf(field)] ?? '';
      const capability = cell('compute_cap');
      return {
        index: Number(cell('index')),
        uuid: cell('uuid'),
        name: cell('name'),
        driver: cell('driver_version'),
        compute_capability: /^\d+\.\d+$/.test(capability) ? capability : null,
        utilization_percent: measure(cell('utilization.gpu')),
        memory_used_mib: measure(cell('memory.used')),
        memory_total_mib: measure(cell('memory.total')),
        temperature_celsius: measure(cell('temperature.gpu')),
        power_watts: measure(cell('power.draw')),
      };
    });
}

/** What a result tells of the GPU that CUDA calls its first. */
export function firstVisible(
  gpus: readonly GpuReading[],
  visibleDevices = process.env['CUDA_VISIBLE_DEVICES'],
): Gpu | undefined {
  const gpu = visibleGpu(gpus, visibleDevices);
  return (
    gpu && {
      name: gpu.name,
      driver: gpu.driver,
      ...(gpu.memory_total_mib !== null && { memoryMib: gpu.memory_total_mib }),
      ...(gpu.compute_capability !== null && { computeCapability: gpu.compute_capability }),
    }
  );
}

const MIB = 2 ** 20;

/** Memory, in bytes, that is free of the GPU that CUDA calls its first; undefined where nothing tells. */
export async function freeGpuBytes(
  readings: () => Promise<readonly GpuReading[]> = readGpus,
): Promise<number | undefined> {
  const gpu = visibleGpu(await readings());
  return gpu && gpu.memory_total_mib !== null && gpu.memory_used_mib !== null
    ? (gpu.memory_total_mib - gpu.memory_used_mib) * MIB
    : undefined;
}

/**
 * The GPU that CUDA calls its first. Where CUDA_VISIBLE_DEVICES hides some, that is
 * the first one it names, by index or by UUID. (Of GPUs of several kinds CUDA counts the
 * fastest first, unless CUDA_DEVICE_ORDER is PCI_BUS_ID, as nvidia-smi does.)
 */
function visibleGpu(
  gpus: readonly GpuReading[],
  visibleDevices = process.env['CUDA_VISIBLE_DEVICES'],
): GpuReading | undefined {
  const wanted = visibleDevices?.split(',')[0]?.trim();
  return wanted
    ? gpus.find(({ index, uuid }) => wanted === String(index) || uuid.startsWith(wanted))
    : gpus[0];
}

function measure(cell: string): number | null {
  return /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}
