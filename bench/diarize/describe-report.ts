import { figure, percentage, table } from '../report/table.ts';
import type { GroupFigures, Report } from './report.ts';

type FileFigures = Report['files'][number];
type Score = FileFigures['scores'][number];

/** The report for people: a table of all files, then what they come to. */
export function describeReport(report: Report): string {
  const { backend, threads, processor } = report;
  return [
    `Backend ${backend}, ${threads} threads, ${processor}`,
    'DER with a collar of 0.25 s on each side of every reference boundary, overlap scored; times are of speech detection, embedding and clustering, without decoding and loading',
    '',
    fileTable(report.files),
    '',
    groupTable(report),
    '',
    otherFigures(report),
  ].join('\n');
}

function fileTable(files: readonly FileFigures[]): string {
  return table(
    [
      { title: 'File', align: 'left' },
      { title: 'seconds' },
      { title: 'speakers' },
      { title: 'found' },
      { title: 'DER 0.25' },
      { title: 'missed' },
      { title: 'false alarm' },
      { title: 'confusion' },
      { title: 'DER 0' },
      { title: 'RTFx' },
    ],
    files.flatMap((file) => [
      [
        file.name,
        figure(file.seconds, 1),
        String(file.speakers),
        String(file.found),
        ...scoreCells(file.scores[0]),
        figure(file.rtfx, 1),
      ],
      ...file.scores
        .slice(1)
        .map((score) => [`  against ${score.reference}`, '', '', '', ...scoreCells(score), '']),
    ]),
  );
}

function scoreCells(score: Score | undefined): string[] {
  const part = (seconds: number | undefined) =>
    percentage(seconds === undefined || !score?.total ? null : seconds / score.total);
  return [
    percentage(score?.der025),
    part(score?.missed),
    part(score?.falseAlarm),
    part(score?.confusion),
    percentage(score?.der0),
  ];
}

function groupTable({ groups, mixturesBySpeakers }: Report): string {
  const row = (title: string, group: GroupFigures) => [
    title,
    String(group.files),
    figure(group.seconds, 0),
    percentage(group.der025),
    percentage(group.missed025),
    percentage(group.falseAlarm025),
    percentage(group.confusion025),
    percentage(group.der0),
    percentage(group.countAccuracy),
    figure(group.countError, 2),
  ];
  return table(
    [
      { title: 'Together', align: 'left' },
      { title: 'files' },
      { title: 'seconds' },
      { title: 'DER 0.25' },
      { title: 'missed' },
      { title: 'false alarm' },
      { title: 'confusion' },
      { title: 'DER 0' },
      { title: 'count right' },
      { title: 'count error' },
    ],
    [
      row('conversations with given turns', groups.conversations),
      row('meetings with given turns', groups.meetings),
      row('mixtures', groups.mixtures),
      ...mixturesBySpeakers.map((group) => row(`  of ${group.speakers}`, group)),
    ],
  );
}

function otherFigures(report: Report): string {
  const { loneSpeakersKept, loneSpeakers, speechlessKept, rtfx, peakRssMb, failures } = report;
  return [
    `All with given turns: DER ${percentage(report.der025)} (collar 0: ${percentage(report.der0)}), count right in ${percentage(report.countAccuracy)}`,
    `Lone speakers that stay one: ${percentage(loneSpeakersKept)} of ${loneSpeakers}; nobody found where nobody speaks: ${percentage(speechlessKept)}`,
    `${figure(rtfx, 1)} × real time, peak memory ${figure(peakRssMb, 0, ' MiB')}`,
    ...failures.map(({ name, failure }) => `Failed on ${name}: ${failure}`),
  ].join('\n');
}
