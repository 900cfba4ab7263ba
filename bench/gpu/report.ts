import type { GpuArguments, PartName } from './arguments.ts';
import type { Measurement, WhisperMeasurement } from './measurements.ts';
import type { PartOutcome } from './run-parts.ts';
import type { BenchDevice } from './setup-device.ts';

/** What is measured on what, and how it was asked for. */
export type Setting = Omit<BenchDevice, 'env'> & {
  readonly options: Pick<GpuArguments, 'device' | 'precision' | 'shapes' | 'parts'>;
  readonly command: string;
};

/** Whisper, batch by batch. */
export type WhisperRow = Omit<WhisperMeasurement, 'measured'> & {
  readonly part: PartName;
  /** Seconds of audio per second. */
  readonly rtfx: number;
  /** One more token of every window, in milliseconds; null where fewer than two were written. */
  readonly stepMs: number | null;
};

/** The product's search inside the graph against the one outside it, at a batch. */
export type LoopRow = {
  readonly batch: number;
  readonly steps: number;
  readonly loopStepMs: number;
  readonly inGraphStepMs: number | null;
  readonly inGraphOverLoop: number | null;
};

export type Report = ReturnType<typeof buildReport>;

const WINDOW_SECONDS = 30;
/** At which the search inside the graph is held against the one outside. */
const LOOP_BATCH = 16;

/**
 * Everything measured, for machines. Figures that stand for a published size are
 * null where that was not what was measured.
 *
 * @param probed what was told before any part
 */
export function buildReport(
  { options, ...setting }: Setting,
  probed: readonly Measurement[],
  outcomes: readonly PartOutcome[],
) {
  const measured = outcomes.flatMap(({ measurements }) => measurements);
  const all = [...probed, ...measured];
  const whisper = outcomes.flatMap(whisperRows);
  const loops = loopRows(measured, whisper);
  const clip = of('clip', measured);
  const vjepa2 = of('vjepa2', measured);
  const [parity = null] = of('parity', measured);
  const isPublished = options.shapes === 'published';
  const best = (part: PartName) =>
    (isPublished || null) && mostOf(rowsOf(whisper, part), ({ rtfx }) => rtfx);
  const clipFps = (side: string, from: string) =>
    (isPublished || null) &&
    (mostOf(
      clip.filter((row) => row.side === side && row.from === from),
      ({ picturesPerSecond }) => picturesPerSecond,
    )?.picturesPerSecond ??
      null);
  const longestClips = (side: string) =>
    (isPublished || null) &&
    mostOf(
      vjepa2.filter((row) => row.side === side),
      ({ frames }) => frames,
    );
  const turbo = best('turbo');
  return {
    bench: 'gpu',
    ...setting,
    device: options.device,
    shapes: options.shapes,
    precision: options.precision,
    onnxruntime: versionsOf(all, 'ours'),
    pytorch: versionsOf(all, 'pytorch'),
    /** Null where it was not asked for. */
    hasParity: options.parts.includes('parity')
      ? parity !== null && parity.equalTokens === parity.tokens
      : null,
    parity,
    rtfxTurbo: turbo?.rtfx ?? null,
    batch: turbo?.batch ?? null,
    rtfxLargeV3: best('large-v3')?.rtfx ?? null,
    inGraphOverLoop: isPublished
      ? (loops.find(({ batch }) => batch === LOOP_BATCH)?.inGraphOverLoop ?? null)
      : null,
    clipFps: clipFps('ours', 'pixels'),
    clipFpsOfFrames: clipFps('ours', 'frames'),
    vjepa2ClipsPerSecond: longestClips('ours')?.clipsPerSecond ?? null,
    vjepa2Frames: longestClips('ours')?.frames ?? null,
    pytorchRtfxTurbo: best('pytorch-turbo')?.rtfx ?? null,
    pytorchRtfxLargeV3: best('pytorch-large-v3')?.rtfx ?? null,
    pytorchClipFps: clipFps('pytorch', 'pixels'),
    pytorchVjepa2ClipsPerSecond: longestClips('pytorch')?.clipsPerSecond ?? null,
    ...{ whisper, loops, clip, vjepa2 },
    load: of('load', measured),
    placement: of('placement', measured),
    parts: outcomes.map(({ measurements: _, ...outcome }) => outcome),
  };
}

function whisperRows({ name, measurements }: PartOutcome): WhisperRow[] {
  return of('whisper', measurements)
    .map(({ measured: _, ...row }) => {
      const { batch, tokens, seconds, secondsToFirstToken } = row;
      return {
        part: name,
        ...row,
        rtfx: (WINDOW_SECONDS * batch) / seconds,
        stepMs: tokens > 1 ? ((seconds - secondsToFirstToken) / (tokens - 1)) * 1000 : null,
      };
    })
    .sort((a, b) => a.batch - b.batch);
}

function loopRows(measured: readonly Measurement[], whisper: readonly WhisperRow[]): LoopRow[] {
  return of('step', measured).map(({ batch, steps, stepMs: loopStepMs }) => {
    const same = rowsOf(whisper, 'turbo').find((row) => row.batch === batch);
    const inGraphStepMs = same?.stepMs ?? null;
    const inGraphOverLoop = inGraphStepMs === null ? null : loopStepMs / inGraphStepMs;
    return { batch, steps, loopStepMs, inGraphStepMs, inGraphOverLoop };
  });
}

function rowsOf(rows: readonly WhisperRow[], part: PartName): WhisperRow[] {
  return rows.filter((row) => row.part === part);
}

type Kind = Measurement['measured'];

function of<K extends Kind>(
  kind: K,
  measurements: readonly Measurement[],
): Extract<Measurement, { measured: K }>[] {
  return measurements.filter(
    (measurement): measurement is Extract<Measurement, { measured: K }> =>
      measurement.measured === kind,
  );
}

function versionsOf(measurements: readonly Measurement[], wanted: string): string | null {
  return of('versions', measurements).find(({ side }) => side === wanted)?.versions ?? null;
}

/** The row of which a number is largest; null of none. */
function mostOf<Row>(rows: readonly Row[], numberOf: (row: Row) => number): Row | null {
  return rows.reduce<Row | null>(
    (most, row) => (most === null || numberOf(row) > numberOf(most) ? row : most),
    null,
  );
}
