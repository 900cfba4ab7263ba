import { type Column, figure, table } from '../report/table.ts';
import type { Agreement } from './agreement.ts';
import { describeExtraction } from './extraction/bench-extraction.ts';
import { FRAMES_PER_VIDEO } from './measure-videos.ts';
import type { Report } from './report.ts';

/** The figures for people. */
export function describeReport(report: Report): string {
  return [
    heading(report),
    speedTable(report),
    videoTable(report),
    describeExtraction(FRAMES_PER_VIDEO, report.extraction),
    otherFigures(report),
  ].join('\n\n');
}

function heading({ weights, threads, processor, peer }: Report): string {
  return [
    `CLIP ViT-B/32 in 32-bit floats, ${weights} weights, ${threads} threads, ${processor}`,
    `against ${peer ?? 'nothing'}; models loaded and warm on both sides`,
  ].join('\n');
}

const COMPARED: readonly Column[] = [{ title: 'ours' }, { title: 'peer' }, { title: 'ratio' }];

function speedTable(report: Report): string {
  const { clipFps, peerClipFps, clipRatio, preparedFps, peerPreparedFps } = report;
  return table(
    [{ title: 'Frames of 1080p per second', align: 'left' }, ...COMPARED],
    [
      ...Object.keys(clipFps).map((batch) => [
        `in batches of ${batch}`,
        ...cells(clipFps[batch], peerClipFps[batch], clipRatio[batch], 1),
      ]),
      [
        'made what the model takes',
        ...cells(preparedFps, peerPreparedFps, peerPreparedFps && preparedFps / peerPreparedFps, 1),
      ],
    ],
  );
}

function videoTable({ jobSeconds, peerJobSeconds, jobRatio }: Report): string {
  return table(
    [{ title: `Seconds for ${FRAMES_PER_VIDEO} frames of a video`, align: 'left' }, ...COMPARED],
    Object.keys(jobSeconds).map((name) => [
      name,
      ...cells(jobSeconds[name], peerJobSeconds[name], jobRatio[name], 2),
    ]),
  );
}

type Figure = number | null | undefined;

function cells(ours: Figure, peer: Figure, ratio: Figure, decimals: number): string[] {
  return [figure(ours, decimals), figure(peer, decimals), figure(ratio, 2)];
}

function otherFigures(report: Report): string {
  const { agreement } = report;
  return [
    `Cosine of both sides' embeddings: ${cosines(agreement.sameGraph)} where nothing is resized`,
    `Cosine of both sides' embeddings: ${cosines(agreement.wholeFrames)} for whole frames`,
    `Peak memory: ours ${memory(report.peakRssMb)}, peer ${memory(report.peerPeakRssMb)} with videos; ours ${memory(report.batchPeakRssMb)}, peer ${memory(report.peerBatchPeakRssMb)} with batches`,
    textsPerSecond(report, 'query'),
    textsPerSecond(report, 'sentence'),
    `Vectors of a text by itself and with others: at most ${report.textWorstDifference.toExponential(1)} apart`,
  ].join('\n');
}

function textsPerSecond(report: Report, length: 'query' | 'sentence'): string {
  const single = figure(report.textSinglePerSecond[length], 0);
  const concurrent = figure(report.textConcurrentPerSecond[length], 0);
  const ratio = figure(report.textConcurrentRatio[length], 2);
  return `Texts per second through the service, each a ${length}: ${single} one by one, ${concurrent} with 64 at a time (${ratio} ×)`;
}

function cosines(agreement: Agreement | null): string {
  return agreement === null
    ? '-'
    : `${agreement.least.toFixed(6)} at least, ${agreement.mean.toFixed(6)} on average (${agreement.neighbours.toFixed(4)} between neighbouring frames)`;
}

function memory(megabytes: number | null): string {
  return figure(megabytes, 0, ' MiB');
}
