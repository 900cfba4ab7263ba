import { openPipeline } from './product.ts';
import type { MemorySample, SideJob, Transcribe } from './side-messages.ts';
import { serveSide, tell } from './side-process.ts';

/** Our side of the comparison: the pipeline that jobs run, in a process of its own. */
async function openOurs(job: SideJob): Promise<Transcribe> {
  const transcribe = await openPipeline(job.model);
  const { vad, wordTimestamps, sampleSeconds } = job;
  return async ({ pcmPath, seconds, language }) => {
    let position = { stage: 'start', mediaSeconds: 0 };
    const sampling =
      sampleSeconds &&
      setInterval(() => tell({ event: 'sample', ...sample(position) }), sampleSeconds * 1000);
    try {
      return await transcribe(pcmPath, {
        language,
        vad,
        wordTimestamps,
        // What the stages tell in seconds may be seconds of speech.
        onProgress: (stage, fraction) => {
          position = { stage, mediaSeconds: fraction * seconds };
        },
      });
    } finally {
      clearInterval(sampling);
    }
  };
}

function sample(position: Omit<MemorySample, 'rssMb'>): MemorySample {
  return { ...position, rssMb: process.memoryUsage.rss() / 2 ** 20 };
}

await serveSide(openOurs);
