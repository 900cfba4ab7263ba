import type { MediaTools } from '../../../gpu-container/src/decode/ffmpeg-binary.ts';
import { figure, table } from '../../report/table.ts';
import {
  bareArgs,
  extractOurs,
  extractPlainly,
  PLACEMENTS,
  type Placement,
  runBare,
  type Wish,
} from './extractions.ts';
import { type MadeClip, makeClips } from './made-clips.ts';

/** A longer clip is measured once: what else the machine does evens out over it. */
const LONG_SECONDS = 300;

export type ExtractionOptions = {
  readonly tools: MediaTools;
  readonly scratchDir: string;
  readonly say: (line: string) => void;
  /** Of the clips. */
  readonly lengthsSeconds: readonly number[];
  /** In frames. */
  readonly keyframeIntervals: readonly number[];
  /** For each clip. */
  readonly frames: number;
  readonly threads: number;
  /** The best of so many counts. */
  readonly rounds: number;
};

/** Wall time of the ways to have the frames of a clip, from the file to pixels. */
export type ExtractionRow = {
  readonly clip: string;
  readonly placement: Placement;
  readonly oursSeconds: number;
  /** Of one ffmpeg that decodes the clip and gives the same frames. */
  readonly bareSeconds: number;
  /** Ours to bare: below 1 ours is faster. */
  readonly ratio: number;
  /** Of one ffmpeg that writes frames at a rate as PNG files. */
  readonly plainSeconds: number;
};

/** Measures the extraction of frames from clips made here, the ways in turn. */
export async function benchExtraction(options: ExtractionOptions): Promise<ExtractionRow[]> {
  const { tools, scratchDir, say, lengthsSeconds, keyframeIntervals, frames, threads } = options;
  say('Encoding clips to extract frames from');
  const clips = await makeClips(tools.ffmpeg, scratchDir, lengthsSeconds, keyframeIntervals);
  const rows: ExtractionRow[] = [];
  for (const clip of clips) {
    for (const placement of PLACEMENTS) {
      const row = await measure(clip, { frames, placement, threads }, options);
      say(`${row.clip}, ${placement}: ${row.oursSeconds.toFixed(2)} s`);
      rows.push(row);
    }
  }
  return rows;
}

async function measure(
  clip: MadeClip,
  wish: Wish,
  { tools, scratchDir, rounds }: ExtractionOptions,
): Promise<ExtractionRow> {
  const args = await bareArgs(tools, clip.path, wish);
  const best = { ours: Infinity, bare: Infinity, plain: Infinity };
  for (let round = 0; round < (clip.seconds >= LONG_SECONDS ? 1 : rounds); round += 1) {
    const ours = await secondsOf(() => extractOurs(tools, clip.path, wish));
    const bare = await secondsOf(() => runBare(tools.ffmpeg, args));
    const plain = await secondsOf(() =>
      extractPlainly(tools.ffmpeg, clip.path, clip.seconds, wish, scratchDir),
    );
    best.ours = Math.min(best.ours, ours);
    best.bare = Math.min(best.bare, bare);
    best.plain = Math.min(best.plain, plain);
  }
  return {
    ...{ clip: clip.name, placement: wish.placement },
    ...{ oursSeconds: best.ours, bareSeconds: best.bare, plainSeconds: best.plain },
    ratio: best.ours / best.bare,
  };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** The rows for people. */
export function describeExtraction(frames: number, rows: readonly ExtractionRow[]): string {
  return table(
    [
      { title: `${frames} frames of 1080p`, align: 'left' },
      { title: 'which', align: 'left' },
      { title: 'ours' },
      { title: 'bare ffmpeg' },
      { title: 'ratio' },
      { title: 'fps to PNG' },
    ],
    rows.map((row) => [
      row.clip,
      row.placement,
      figure(row.oursSeconds, 2, ' s'),
      figure(row.bareSeconds, 2, ' s'),
      figure(row.ratio, 2),
      figure(row.plainSeconds, 2, ' s'),
    ]),
  );
}
