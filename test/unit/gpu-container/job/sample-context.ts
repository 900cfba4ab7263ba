import type { JobContext } from '../../../../gpu-container/src/job/job-context.ts';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';
import type { WorkerDependencies } from '../../../../gpu-container/src/job/worker-dependencies.ts';
import { sampleEnvironment, sampleRecord, silentLog } from './sample-job.ts';

/** The context of an attempt that reaches nothing outside the process but what it is given. */
export function sampleContext(
  fields: Partial<Omit<JobContext, 'deps'>> & { deps?: Partial<WorkerDependencies> } = {},
): JobContext {
  const { deps, ...context } = fields;
  return {
    record: sampleRecord(),
    tools: { ffmpeg: '', ffprobe: '', source: { ffmpeg: 'path', ffprobe: 'path' } },
    compute: { device: 'cpu', warnings: [] },
    placements: { read: () => [] },
    timer: createStageTimer(),
    report: () => {},
    bootSeconds: 0,
    scratchDir: '',
    signal: new AbortController().signal,
    ...context,
    deps: {
      environment: sampleEnvironment(),
      store: {} as never,
      outbox: {} as never,
      s3: {} as never,
      agent: {} as never,
      models: {} as never,
      findTools: () => Promise.reject(new Error('not asked for')),
      findDevice: () => Promise.reject(new Error('not asked for')),
      log: silentLog(),
      ...deps,
    },
  };
}
