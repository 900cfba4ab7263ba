import { cpus } from 'node:os';
import { runBench, say } from '../command/run-bench.ts';
import { openDecoder } from '../transcribe/product.ts';
import { type DiarizeArguments, parseDiarizeArguments, USAGE } from './arguments.ts';
import { describeReport } from './describe-report.ts';
import { openOurs } from './ours.ts';
import { buildReport, type Report } from './report.ts';
import { runDiarizeBench } from './run-bench.ts';

async function measureAll(options: DiarizeArguments, scratchDir: string): Promise<Report> {
  const { backend, threads, seed, data } = options;
  await using side = await openOurs(backend, threads);
  const decode = await openDecoder(scratchDir);
  const results = await runDiarizeBench(options, { side, decode, scratchDir, say });
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  return buildReport({ backend, threads, seed, data, processor }, results, peakRssMb);
}

await runBench(USAGE, async (args, scratchDir) => {
  const report = await measureAll(parseDiarizeArguments(args, process.env), scratchDir);
  return `${describeReport(report)}\n\n${JSON.stringify(report)}`;
});
