import { cpus } from 'node:os';
import { runBench, say, UsageError } from '../command/run-bench.ts';
import { type BenchArguments, parseBenchArguments, USAGE } from './arguments.ts';
import { readDataSet } from './data-set.ts';
import { decodeRecordings, loopClips, speechClips, warmUpInput } from './inputs.ts';
import { installPeer, linkModelForPeer, peerVersions } from './peer-package.ts';
import { isPinned } from './processor-cores.ts';
import { openDecoder, pullTranscriptionModel } from './product.ts';
import { buildReport, describeReport, type Report } from './report.ts';
import { runSide, SIDE_SCRIPTS, type SideReport } from './run-side.ts';
import type { SideJob } from './side-messages.ts';

/** Measures both sides on the same samples, one process after the other. */
async function compare(options: BenchArguments, scratchDir: string): Promise<Report> {
  const { model, threads, vad, skipPeer, tunedPeer } = options;
  if (!skipPeer) {
    installPeer(say);
  }
  if (!isPinned(threads)) {
    say(`This machine has more than ${threads} cores and no taskset, so ours may use more of them`);
  }
  const files = await pullTranscriptionModel(model);
  const dataSet = await readDataSet(options.data, options.files);
  say(`Decoding ${dataSet.length} recordings`);
  const decode = await openDecoder(scratchDir);
  const recordings = await decodeRecordings(dataSet, decode, scratchDir, say);
  const clips = speechClips(recordings);
  const loops = await loopClips(clips, options.minutes, scratchDir);
  const inputs = [...loops, ...recordings.map(({ input }) => input)];
  const first = clips[0]?.input ?? inputs[0];
  if (first === undefined) {
    throw new UsageError(`no recording of ${options.data} could be decoded`);
  }
  const job = { threads, vad, inputs, warmUp: await warmUpInput(first, scratchDir) };

  const ours = await run('ours', { ...job, model, wordTimestamps: false });
  const oursWithWords = await run('ours', { ...job, model, wordTimestamps: true });
  const peer = skipPeer
    ? undefined
    : await run('peer', {
        ...job,
        model: await linkModelForPeer(files, scratchDir),
        wordTimestamps: false,
        tuned: tunedPeer,
      });
  const setting = {
    ...{ model, threads, vad, data: options.data },
    processor: cpus()[0]?.model ?? 'unknown processor',
    peer: skipPeer ? null : describePeer(tunedPeer),
  };
  return buildReport(setting, loops, recordings, { ours, oursWithWords, peer });
}

async function run(side: keyof typeof SIDE_SCRIPTS, job: SideJob): Promise<SideReport> {
  const label = job.wordTimestamps ? `${side}, with word times` : side;
  return await runSide(SIDE_SCRIPTS[side], job, (message) => {
    if (message.event === 'end' || message.event === 'failure') {
      say(`${label}: ${message.name} in ${message.seconds.toFixed(1)} s`);
    }
  });
}

function describePeer(tuned: boolean): string {
  const { transformers, onnxruntime } = peerVersions();
  const option = tuned ? ', with the session option of ours' : '';
  return `transformers.js ${transformers} on onnxruntime ${onnxruntime}${option}`;
}

await runBench(USAGE, async (args, scratchDir) => {
  const report = await compare(parseBenchArguments(args, process.env), scratchDir);
  return `${describeReport(report)}\n\n${JSON.stringify(report)}`;
});
