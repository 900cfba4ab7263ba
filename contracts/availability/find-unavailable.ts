import type { JobRequest, OutputFormat } from '../job-request.ts';
import { checkDiarization } from './diarization.ts';
import { checkTextEmbedding } from './text-embedding.ts';
import { checkTranscription } from './transcription.ts';
import { notAvailable, type Unavailable } from './unavailable.ts';
import { checkVideoEmbedding } from './video-embedding.ts';

/**
 * What this version would have to ignore in a request. A request with any of it
 * is refused as a whole: an option that is dropped silently is a wrong result.
 */
export function findUnavailable(request: JobRequest): Unavailable[] {
  const { transcription, diarization, videoEmbedding, textEmbedding } = request.tasks;
  return [
    ...(transcription === undefined ? [] : checkTranscription(transcription)),
    ...(diarization === undefined ? [] : checkDiarization(diarization, transcription)),
    ...(videoEmbedding === undefined ? [] : checkVideoEmbedding(videoEmbedding, request.outputs)),
    ...(textEmbedding === undefined ? [] : checkTextEmbedding(textEmbedding, transcription)),
    ...(request.retentionDays === undefined
      ? []
      : [notAvailable('retentionDays', 'every job is kept as long as the deployment keeps jobs')]),
    ...checkOutputs(request),
  ];
}

function checkOutputs({ outputs, tasks }: JobRequest): Unavailable[] {
  const embeds = tasks.videoEmbedding !== undefined || tasks.textEmbedding !== undefined;
  const unmade: [output: OutputFormat, isMade: boolean, reason: string][] = [
    [
      'rttm',
      tasks.diarization !== undefined,
      'tells who speaks when, and no diarization is asked for',
    ],
    ['npy', embeds, 'holds embeddings, and no embedding task is asked for'],
    ['ndjson', embeds, 'holds embeddings, and no embedding task is asked for'],
  ];
  return unmade
    .filter(([output, isMade]) => outputs.includes(output) && !isMade)
    .map(([output, , reason]) => notAvailable('outputs', `${output} ${reason}`));
}
