import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { linePlot } from '../report/line-plot.ts';
import { dataFolder, modelName, positiveInteger } from './arguments.ts';
import { readDataSet } from './data-set.ts';
import { decodeRecordings, loopClips, speechClips, warmUpInput } from './inputs.ts';
import { pointsOf, settledMemory } from './memory-trend.ts';
import { openDecoder } from './product.ts';
import { runSide, SIDE_SCRIPTS } from './run-side.ts';
import type { MemorySample } from './side-messages.ts';

/** One process, one long recording, and its memory while it goes on: it has to stay where it is. */

const SAMPLE_SECONDS = 10;

function parseLongRunArguments() {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      data: { type: 'string' },
      model: { type: 'string', default: 'tiny' },
      threads: { type: 'string', default: '2' },
      vad: { type: 'boolean', default: true },
      minutes: { type: 'string', default: '180' },
      plot: { type: 'string', default: 'docs/images/rss-3h.svg' },
    },
  });
  return {
    data: dataFolder(values.data, process.env),
    model: modelName(values.model),
    threads: positiveInteger('--threads', values.threads),
    vad: values.vad,
    minutes: Number(values.minutes),
    plot: values.plot,
  };
}

type LongRunArguments = ReturnType<typeof parseLongRunArguments>;

async function measure(options: LongRunArguments, scratchDir: string) {
  const { data, model, threads, vad, minutes } = options;
  const decode = await openDecoder(scratchDir);
  const recordings = await decodeRecordings(await readDataSet(data), decode, scratchDir, say);
  const clips = speechClips(recordings);
  const [input] = await loopClips(clips, [minutes], scratchDir);
  const warmUp = await warmUpInput(clips[0]!.input, scratchDir);
  const samples: MemorySample[] = [];
  const job = { model, threads, vad, wordTimestamps: true, warmUp, inputs: [input!] };
  const { results, peakRssMb } = await runSide(
    SIDE_SCRIPTS.ours,
    { ...job, sampleSeconds: SAMPLE_SECONDS },
    (message) => {
      if (message.event === 'sample') {
        const { stage, mediaSeconds, rssMb } = message;
        samples.push({ stage, mediaSeconds, rssMb });
        say(`${stage}: minute ${(mediaSeconds / 60).toFixed(1)}, ${rssMb.toFixed(0)} MiB`);
      }
    },
  );
  return { samples, peakRssMb, result: results.get(input!.name)! };
}

async function drawPlot(
  { minutes, model, plot }: LongRunArguments,
  samples: readonly MemorySample[],
): Promise<void> {
  const stages = [...new Set(samples.map(({ stage }) => stage))];
  const svg = linePlot({
    title: `Memory of one process over ${minutes} minutes of speech, Whisper ${model}`,
    xLabel: 'minutes of the recording that are done',
    yLabel: 'resident memory, MiB',
    lines: stages.map((stage) => ({
      label: stage,
      points: pointsOf(samples.filter((sample) => sample.stage === stage)),
    })),
  });
  await mkdir(dirname(plot), { recursive: true });
  await writeFile(plot, svg);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  const options = parseLongRunArguments();
  const scratchDir = await mkdtemp(join(tmpdir(), 'reelscribe-long-run-'));
  try {
    const { samples, peakRssMb, result } = await measure(options, scratchDir);
    const { model, threads, vad, minutes, plot } = options;
    if (samples.length > 0) {
      await drawPlot(options, samples);
    }
    if (result.failure !== undefined) {
      throw new Error(`the run ended early: ${result.failure}`);
    }
    const rtfx = (minutes * 60) / result.seconds;
    const settled = settledMemory(samples);
    const report = {
      ...{ bench: 'long', model, threads, vad, minutes },
      ...{ wallSeconds: result.seconds, rtfx, peakRssMb, settled, plot },
    };
    process.stdout.write(
      [
        `${minutes} minutes in ${result.seconds.toFixed(0)} s, ${rtfx.toFixed(1)} × real time`,
        `Peak memory ${peakRssMb.toFixed(0)} MiB`,
        settled === null
          ? 'Not long enough to tell a trend'
          : `From minute ${settled.fromMinute} on it changes by ${settled.slopeMbPerHour.toFixed(1)} MiB an hour of media, between ${settled.lowestMb.toFixed(0)} and ${settled.highestMb.toFixed(0)} MiB`,
        '',
        `${JSON.stringify(report)}\n`,
      ].join('\n'),
    );
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

await main();
