import { cpus } from 'node:os';
import { runBench, say } from '../command/run-bench.ts';
import { installPeer, peerVersions } from '../transcribe/peer-package.ts';
import { isPinned } from '../transcribe/processor-cores.ts';
import { type EmbedArguments, parseEmbedArguments, USAGE } from './arguments.ts';
import { describeReport } from './describe-report.ts';
import { buildReport, type Report } from './report.ts';
import { runEmbedBench } from './run-bench.ts';

async function measureAll(options: EmbedArguments, scratchDir: string): Promise<Report> {
  const { threads, skipPeer, data = null, quick } = options;
  if (!skipPeer) {
    installPeer(say);
  }
  if (!isPinned(threads)) {
    say(
      `This machine has more than ${threads} cores and no taskset, so a side may use more of them`,
    );
  }
  const { weights, ...figures } = await runEmbedBench(options, { scratchDir, say });
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const peer = skipPeer ? null : describePeer();
  return buildReport({ threads, processor, peer, weights, data, quick }, figures);
}

function describePeer(): string {
  const { transformers, onnxruntime } = peerVersions();
  return `transformers.js ${transformers} on onnxruntime ${onnxruntime}`;
}

await runBench(USAGE, async (args, scratchDir) => {
  const report = await measureAll(parseEmbedArguments(args, process.env), scratchDir);
  return `${describeReport(report)}\n\n${JSON.stringify(report)}`;
});
