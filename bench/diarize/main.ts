import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../transcribe/arguments.ts';
import { openDecoder } from '../transcribe/product.ts';
import { type DiarizeArguments, parseDiarizeArguments, USAGE } from './arguments.ts';
import { describeReport } from './describe-report.ts';
import { openOurs } from './ours.ts';
import { buildReport, type Report } from './report.ts';
import { runDiarizeBench } from './run-bench.ts';

const EXIT_USAGE = 2;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function measureAll(options: DiarizeArguments, scratchDir: string): Promise<Report> {
  const { backend, threads, seed, data } = options;
  await using side = await openOurs(backend, threads);
  const decode = await openDecoder(scratchDir);
  const results = await runDiarizeBench(options, { side, decode, scratchDir, say });
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  return buildReport({ backend, threads, seed, data, processor }, results, peakRssMb);
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const scratchDir = await mkdtemp(join(tmpdir(), 'reelscribe-bench-'));
  try {
    const options = parseDiarizeArguments(args, process.env);
    const report = await measureAll(options, scratchDir);
    process.stdout.write(`${describeReport(report)}\n\n${JSON.stringify(report)}\n`);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      throw error;
    }
    say(`${error.message}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

await main();
