import type { Agreement } from './agreement.ts';
import type { ClipFolder } from './clip-model/model-folder.ts';
import type { ExtractionRow } from './extraction/bench-extraction.ts';
import type { ModelFigures } from './measure-models.ts';
import type { VideoFigures } from './measure-videos.ts';
import type { TextRequestsResult } from './text-throughput/bench-text-requests.ts';
import type { Comparison } from './turns.ts';

export type Setting = {
  readonly threads: number;
  readonly processor: string;
  /** What it is compared with, e.g. `transformers.js 4.3.1 on onnxruntime 1.30.0`. */
  readonly peer: string | null;
  readonly weights: ClipFolder['weights'];
  readonly data: string | null;
  readonly quick: boolean;
};

export type Figures = {
  readonly models: ModelFigures;
  readonly videos: VideoFigures;
  readonly extraction: readonly ExtractionRow[];
  readonly text: Readonly<Record<'query' | 'sentence', TextRequestsResult>>;
};

export type Report = ReturnType<typeof buildReport>;

/** Everything measured, for machines: figures by batch size and by the names of videos. */
export function buildReport(setting: Setting, { models, videos, extraction, text }: Figures) {
  const perBatch = [...models.perBatch];
  const perVideo = videos.videos.map((video) => [video.name, video] as const);
  return {
    bench: 'embed',
    ...setting,
    agreement: {
      sameGraph: rounded(models.sameGraph),
      wholeFrames: rounded(models.wholeFrames),
    },
    clipFps: figuresOf(perBatch, 'ours'),
    peerClipFps: figuresOf(perBatch, 'peer'),
    clipRatio: figuresOf(perBatch, 'ratio'),
    preparedFps: models.preparation.ours,
    peerPreparedFps: models.preparation.peer,
    jobSeconds: figuresOf(perVideo, 'ours'),
    peerJobSeconds: figuresOf(perVideo, 'peer'),
    jobRatio: figuresOf(perVideo, 'ratio'),
    peakRssMb: videos.peakRssMb.ours,
    peerPeakRssMb: videos.peakRssMb.peer,
    batchPeakRssMb: models.peakRssMb.ours,
    peerBatchPeakRssMb: models.peakRssMb.peer,
    extraction,
    ...headlineExtraction(extraction),
    textSinglePerSecond: { query: text.query.single, sentence: text.sentence.single },
    textConcurrentPerSecond: { query: text.query.concurrent, sentence: text.sentence.concurrent },
    textConcurrentRatio: { query: text.query.ratio, sentence: text.sentence.ratio },
    textWorstDifference: Math.max(text.query.worstDifference, text.sentence.worstDifference),
  };
}

/** What stands for extraction: the last clip, which is the longest, with the frames at the very times. */
function headlineExtraction(rows: readonly ExtractionRow[]) {
  const row = rows.findLast(({ placement }) => placement === 'exact');
  return {
    extractionClip: row?.clip ?? null,
    extractionSeconds: row?.oursSeconds ?? null,
    extractionRatio: row?.ratio ?? null,
  };
}

type Key = string | number;

function figuresOf(
  named: readonly (readonly [Key, Comparison])[],
  side: keyof Comparison,
): Record<Key, number | null> {
  return Object.fromEntries(named.map(([name, comparison]) => [name, comparison[side]]));
}

/** More digits of a cosine than its arithmetic has would only be noise. */
function rounded(agreement: Agreement | null): Agreement | null {
  const round = (cosine: number) => Number(cosine.toFixed(7));
  return (
    agreement && {
      least: round(agreement.least),
      mean: round(agreement.mean),
      neighbours: round(agreement.neighbours),
    }
  );
}
