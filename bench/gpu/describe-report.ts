import { type Column, figure, percentage, table } from '../report/table.ts';
import type { Report } from './report.ts';

/** The figures for people. */
export function describeReport(report: Report): string {
  return [
    parityLine(report),
    heading(report),
    whisperTable(report),
    loopTable(report),
    pictureTable(report),
    gpuFigures(report),
    outcomes(report),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function parityLine({ hasParity, parity, device, precision }: Report): string {
  if (hasParity === null) {
    return 'Parity was not looked at: no speed counts without it';
  }
  if (parity === null) {
    return 'NO PARITY: whisper-tiny could not be compared, so that no speed of Whisper counts';
  }
  const { windows, equalTokens, tokens, logprobDifference, logMelDifference } = parity;
  return [
    hasParity ? 'Parity' : 'NO PARITY, so that no speed of Whisper counts',
    `: whisper-tiny's own weights, ${windows} recordings: ${equalTokens} of ${tokens} tokens on ${device} in ${precision} as on the CPU in fp32;`,
    ` log-probabilities ${logprobDifference.toExponential(1)} apart at most, log-mel ${logMelDifference.toExponential(1)}`,
  ].join('');
}

function heading(report: Report): string {
  const { gpu, driver, memoryMib, precision, onnxruntime, pytorch, shapes } = report;
  const on = gpu === null ? 'No GPU: the CPU' : `${gpu}, ${figure(memoryMib, 0, ' MiB')}`;
  return [
    `${on}, driver ${driver ?? '-'}; ${onnxruntime ?? '-'}, ${precision}; random weights in ${shapes} shapes`,
    `against ${pytorch === null ? 'nothing' : `${pytorch}, SDPA`}`,
  ].join('\n');
}

const LEFT = 'left' as const;

function whisperTable({ whisper }: Report): string {
  const columns: Column[] = [
    { title: 'Whisper', align: LEFT },
    ...['batch', 'tokens', 'ms', 'to first token', 'per step', 'RTFx'].map((title) => ({ title })),
  ];
  const rows = whisper.map((row) => [
    row.part,
    `${row.batch}`,
    `${row.tokens}`,
    figure(row.seconds * 1000, 1),
    figure(row.secondsToFirstToken * 1000, 1),
    figure(row.stepMs, 3),
    figure(row.rtfx, 1),
  ]);
  return rows.length === 0
    ? ''
    : `${table(columns, rows)}\nFrom samples to tokens: transfers, log-mel, encoder and decoder; windows of 30 s`;
}

function loopTable({ loops }: Report): string {
  const columns: Column[] = [
    { title: 'A step, ms', align: LEFT },
    ...['in the graph', 'step by step', 'ratio'].map((title) => ({ title })),
  ];
  const rows = loops.map((row) => [
    `turbo, batch ${row.batch}`,
    figure(row.inGraphStepMs, 3),
    figure(row.loopStepMs, 3),
    figure(row.inGraphOverLoop, 1),
  ]);
  const steps = loops[0]?.steps;
  return rows.length === 0
    ? ''
    : `${table(columns, rows)}\nStep by step: the mean of ${steps} steps after the first, with the cache in the host's memory`;
}

function pictureTable({ clip, vjepa2 }: Report): string {
  const columns: Column[] = [
    { title: 'Per second', align: LEFT },
    { title: 'side', align: LEFT },
    ...['batch', 'pictures or clips'].map((title) => ({ title })),
  ];
  const rows = [
    ...clip.map(({ side, from, batch, picturesPerSecond }) => [
      from === 'pixels' ? 'CLIP, prepared pixels' : 'CLIP, frames of 1080p',
      side,
      `${batch}`,
      figure(picturesPerSecond, 1),
    ]),
    ...vjepa2.map(({ side, frames, batch, clipsPerSecond }) => [
      `V-JEPA 2, clips of ${frames} frames`,
      side,
      `${batch}`,
      figure(clipsPerSecond, 2),
    ]),
  ];
  return rows.length === 0 ? '' : table(columns, rows);
}

function gpuFigures({ load, placement }: Report): string {
  return [
    ...load.map(
      ({ shape, batch, idleShare, memoryMb, powerWatts }) =>
        `${shape}, batch ${batch} again and again: no kernel ran in ${percentage(idleShare)} of the time; ${figure(memoryMb, 0, ' MiB')}, ${figure(powerWatts, 0, ' W')}`,
    ),
    ...placement.map(
      ({ model, deviceShare, runSeconds, nodeSeconds, onCpu }) =>
        `${model}: ${percentage(deviceShare)} of a run without the CPU computing (${onCpu.join(', ') || 'nothing'}); nodes ${figure(nodeSeconds * 1000, 1)} of ${figure(runSeconds * 1000, 1)} ms`,
    ),
  ].join('\n');
}

function outcomes({ parts }: Report): string {
  return parts
    .map(({ name, seconds, failure }) => {
      const end = failure === undefined ? 'whole' : `NOT WHOLE: ${failure}`;
      return `${name}: ${figure(seconds, 1, ' s')}, ${end}`;
    })
    .join('\n');
}
