import { ReelscribeError } from '#contracts/errors.ts';
import { listenForPlacements } from '../../../gpu-container/src/onnx/provider/placement-reports.ts';
import type { Measurement } from '../measurements.ts';
import type { SideLine } from './messages.ts';

/** Tells a measurement as soon as it is there. */
export type Tell = (measurement: Measurement) => void;

/** Of those that the CPU computed; the ones that took it longest. */
const TOLD_OPERATORS = 4;

/**
 * What a side's process does: one part of the bench, as its argument says in JSON,
 * telling what it measures line by line.
 */
export async function serveSide<Request>(
  measure: (request: Request, tell: Tell) => Promise<void>,
): Promise<void> {
  try {
    using placements = listenForPlacements();
    const tell: Tell = (measurement) => write({ measurement });
    await measure(JSON.parse(process.argv[2]!), tell);
    for (const { model, placement } of placements.read()) {
      const { deviceShare, runSeconds, seconds, cpuOperators } = placement;
      const nodeSeconds = Object.values(seconds).reduce((sum, each) => sum + each, 0);
      const onCpu = cpuOperators.slice(0, TOLD_OPERATORS).map(({ opType }) => opType);
      tell({ measured: 'placement', model, deviceShare, runSeconds, nodeSeconds, onCpu });
    }
  } catch (error) {
    write(failureOf(error));
  }
  // Threads of the models would keep the process alive.
  process.exit();
}

function write(line: SideLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function failureOf(error: unknown): SideLine {
  if (error instanceof ReelscribeError) {
    return { failure: error.message, code: error.code, hint: error.hint };
  }
  const { message, cause } = error as Error;
  const because = cause instanceof Error ? `: ${cause.message}` : '';
  return { failure: `${message}${because}` };
}
