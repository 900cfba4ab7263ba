import { errorRate } from '../accuracy/edit-counts.ts';
import type { Score } from '../accuracy/score.ts';
import { figure, percentage, table } from '../report/table.ts';
import {
  type Accuracy,
  accuracies,
  headline,
  inventedText,
  type Sides,
  speeds,
  totalErrorRate,
} from './comparison.ts';
import type { DecodedRecording } from './inputs.ts';
import type { SideInput } from './side-messages.ts';

/** Everything that the bench found, as it prints it in its last line. */
export type Report = ReturnType<typeof buildReport>;

/** What was run, for whoever reads the figures later. */
export type Setting = {
  model: string;
  threads: number;
  vad: boolean;
  data: string;
  processor: string;
  /** Name and versions of the other side. */
  peer: string | null;
};

export function buildReport(
  setting: Setting,
  loops: readonly SideInput[],
  recordings: readonly DecodedRecording[],
  sides: Sides,
) {
  const inputs = speeds(loops, recordings, sides);
  const first = headline(inputs);
  const files = accuracies(recordings, sides);
  const english = files.filter(({ language }) => language === 'en');
  return {
    bench: 'transcribe' as const,
    ...setting,
    /** The input that the figures of speed below are of. */
    headline: first?.name ?? null,
    rtfx: first?.rtfx ?? null,
    peerRtfx: first?.peerRtfx ?? null,
    ratio: first?.ratio ?? null,
    wer: totalErrorRate(english.map(({ ours }) => ours)),
    peerWer: totalErrorRate(english.map(({ peer }) => peer)),
    peakRssMb: sides.ours.peakRssMb,
    peerPeakRssMb: sides.peer?.peakRssMb ?? null,
    withWordTimes: {
      rtfx: first?.rtfxWithWords ?? null,
      ratio: first?.ratioWithWords ?? null,
      peakRssMb: sides.oursWithWords.peakRssMb,
      wer: totalErrorRate(
        accuracies(recordings, { ...sides, ours: sides.oursWithWords })
          .filter(({ language }) => language === 'en')
          .map(({ ours }) => ours),
      ),
    },
    inputs,
    files: files.map(fileFigures),
    noSpeech: inventedText(recordings, sides),
    failures: { ours: failuresOf(sides.ours), peer: sides.peer ? failuresOf(sides.peer) : [] },
  };
}

function fileFigures({ file, language, ours, peer }: Accuracy) {
  return {
    file,
    language,
    unit: ours.unit,
    reference: ours.reference,
    rate: errorRate(ours) ?? null,
    ...editsOf(ours),
    peerRate: peer === null ? null : (errorRate(peer) ?? null),
    peer: peer === null ? null : editsOf(peer),
  };
}

function editsOf({ substitutions, deletions, insertions }: Score) {
  return { substitutions, deletions, insertions };
}

function failuresOf({ results }: Sides['ours']) {
  return [...results].flatMap(([file, { failure }]) => (failure ? [{ file, failure }] : []));
}

/** The figures for people: one table for speed, one for accuracy, and what else there is. */
export function describeReport(report: Report): string {
  return [heading(report), speedTable(report), accuracyTable(report), otherFigures(report)].join(
    '\n\n',
  );
}

function heading({ model, threads, vad, processor, peer }: Report): string {
  const detection = vad ? 'with voice activity detection' : 'without voice activity detection';
  return [
    `Whisper ${model}, 8-bit, ${threads} threads, ${processor}; ours ${detection}`,
    `against ${peer ?? 'nothing'}; models loaded and warm on both sides`,
  ].join('\n');
}

function speedTable({ inputs, peer }: Report): string {
  const columns = [
    { title: 'Speed (× real time)', align: 'left' as const },
    { title: 'media' },
    { title: 'ours' },
    ...(peer === null ? [] : [{ title: 'peer' }, { title: 'ratio' }]),
    { title: 'ours, word times' },
    ...(peer === null ? [] : [{ title: 'ratio' }]),
  ];
  const rows = inputs.map((input) => [
    input.name,
    figure(input.seconds, 0, ' s'),
    figure(input.rtfx, 1),
    ...(peer === null ? [] : [figure(input.peerRtfx, 1), figure(input.ratio, 2)]),
    figure(input.rtfxWithWords, 1),
    ...(peer === null ? [] : [figure(input.ratioWithWords, 2)]),
  ]);
  return table(columns, rows);
}

function accuracyTable({ files, wer, peerWer }: Report): string {
  const row = (file: Report['files'][number]) => [
    file.file,
    file.language,
    `${file.reference} ${file.unit}s`,
    percentage(file.rate),
    edits(file),
    percentage(file.peerRate),
    file.peer === null ? '-' : edits(file.peer),
  ];
  return table(
    [
      { title: 'Errors', align: 'left' },
      { title: 'language', align: 'left' },
      { title: 'reference' },
      { title: 'ours' },
      { title: 'sub/del/ins' },
      { title: 'peer' },
      { title: 'sub/del/ins' },
    ],
    [
      ...files.filter(({ language }) => language === 'en').map(row),
      ['all English', 'en', '', percentage(wer), '', percentage(peerWer), ''],
      ...files.filter(({ language }) => language !== 'en').map(row),
    ],
  );
}

function edits(counts: Pick<Score, 'substitutions' | 'deletions' | 'insertions'>): string {
  return `${counts.substitutions}/${counts.deletions}/${counts.insertions}`;
}

function otherFigures(report: Report): string {
  const { noSpeech, withWordTimes, failures } = report;
  const lines = [
    `Peak memory: ours ${figure(report.peakRssMb, 0, ' MiB')}, with word times ${figure(withWordTimes.peakRssMb, 0, ' MiB')}, peer ${figure(report.peerPeakRssMb, 0, ' MiB')}`,
    `Without speech (${noSpeech.files} files): ours wrote ${noSpeech.words} words in ${noSpeech.filesWithText} of them, peer ${noSpeech.peerWords ?? '-'} words in ${noSpeech.peerFilesWithText ?? '-'}`,
    `English with word times: ${percentage(withWordTimes.wer)} errors`,
    ...failures.ours.map(({ file, failure }) => `Ours failed on ${file}: ${failure}`),
    ...failures.peer.map(({ file, failure }) => `The peer failed on ${file}: ${failure}`),
  ];
  return lines.join('\n');
}
