import { z } from 'zod';

/** What onnxruntime calls its providers. */
export const CPU_PROVIDER = 'CPUExecutionProvider';
export const CUDA_PROVIDER = 'CUDAExecutionProvider';

/**
 * Share of a run's time that may pass without the CPU computing for a model to
 * count as running on its GPU. onnxruntime puts on the CPU what only computes shapes,
 * on purpose: a percent or two of a run. An 8-bit export, whose matrix products
 * have no CUDA kernel, spends most of a run there, so that nothing is near the line.
 */
export const MIN_DEVICE_SHARE = 0.95;

/** Where a run of a model was computed, by onnxruntime's own names of its providers. */
export const placementSchema = z.object({
  /** How often a node ran, those inside loops and branches counted each time. */
  nodes: z.record(z.string(), z.number()),
  /** Seconds that its nodes took, those inside them not counted again. On CUDA: until they were launched. */
  seconds: z.record(z.string(), z.number()),
  /** The whole run, until its outputs were there. */
  runSeconds: z.number(),
  /** What the CPU computed, by time, longest first. */
  cpuOperators: z.array(z.object({ opType: z.string(), count: z.number(), seconds: z.number() })),
  /** Share of the run's time in which the CPU did not compute nodes, 0 … 1. */
  deviceShare: z.number(),
});

export type Placement = z.infer<typeof placementSchema>;

/** An event of a profile; times in microseconds. */
type ProfileEvent = {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
};

/** Whether a model that was given to the GPU has more than shapes computed elsewhere. */
export function isBarelyOnDevice({ deviceShare }: Placement): boolean {
  return deviceShare < MIN_DEVICE_SHARE;
}

const MICROSECONDS = 1e-6;

/**
 * Reads where the last complete run of a profile was computed: a session's first
 * run also pays for what later ones find done, and would make any model look as if
 * its GPU were busy.
 *
 * CUDA nodes only launch their kernels, so that the sum of their times is not what the
 * GPU took. The CPU's nodes are over when their time is, so the share is taken
 * of the run: what of it is not theirs is the device, or waits for it.
 *
 * @param lines of the JSON file that onnxruntime writes, which has an event in each
 * @throws Error where no run is in it
 */
export async function readPlacement(
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<Placement> {
  let run = runTally();
  let last: Placement | undefined;
  for await (const line of lines) {
    const event = readEvent(line);
    if (event?.cat === 'Node' && event.args?.provider !== undefined) {
      run.add(event, event.args.provider);
    } else if (event?.cat === 'Session' && event.name === 'model_run') {
      last = run.placement(event.dur * MICROSECONDS);
      run = runTally();
    }
  }
  if (last === undefined) {
    throw new Error('The profile has no complete run');
  }
  return last;
}

function readEvent(line: string): ProfileEvent | undefined {
  const text = line.trim().replace(/,$/, '');
  return text.startsWith('{') ? JSON.parse(text) : undefined;
}

/** Adds up the nodes of one run, in the order in which they ended. */
function runTally() {
  const nodes: Record<string, number> = {};
  const seconds: Record<string, number> = {};
  const cpuOperators = new Map<string, { count: number; seconds: number }>();
  /** Nodes that no other has turned out to contain. */
  const outermost: { ts: number; dur: number }[] = [];

  return {
    add({ ts, dur, args }: ProfileEvent, provider: string): void {
      // A loop or branch ends after the nodes inside it, and began before them.
      let inside = 0;
      while ((outermost.at(-1)?.ts ?? -1) >= ts) {
        inside += outermost.pop()!.dur;
      }
      outermost.push({ ts, dur });
      const own = Math.max(0, dur - inside) * MICROSECONDS;
      nodes[provider] = (nodes[provider] ?? 0) + 1;
      seconds[provider] = (seconds[provider] ?? 0) + own;
      if (provider === CPU_PROVIDER) {
        const opType = args?.op_name ?? '';
        const before = cpuOperators.get(opType) ?? { count: 0, seconds: 0 };
        cpuOperators.set(opType, { count: before.count + 1, seconds: before.seconds + own });
      }
    },
    placement(runSeconds: number): Placement {
      const cpuSeconds = seconds[CPU_PROVIDER] ?? 0;
      return {
        nodes,
        seconds,
        runSeconds,
        cpuOperators: [...cpuOperators]
          .map(([opType, sums]) => ({ opType, ...sums }))
          .sort((a, b) => b.seconds - a.seconds),
        deviceShare: runSeconds > 0 ? Math.max(0, 1 - cpuSeconds / runSeconds) : 1,
      };
    },
  };
}
