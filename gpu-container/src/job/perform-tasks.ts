import type { TaskOutcomes } from '#contracts/job-result.ts';
import { type Transcript, type Warning, warning } from '#contracts/transcript.ts';
import { openVideoEmbedder } from '../embed/video/open-video-embedder.ts';
import { catalogIdOf } from '../models/model-entry.ts';
import type { EmbeddingResult } from '../render/embeddings.ts';
import { attempt } from './attempt.ts';
import { embeddingResult } from './embedding-result.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import { loadInBackground } from './load-in-background.ts';
import { performSpeechTasks } from './perform-speech-tasks.ts';
import { runVideoEmbedding } from './run-video-embedding.ts';
import { planTasks } from './task-plan.ts';

/** What the tasks of a job made, and how each of them ended. */
export type TaskResults = {
  outcomes: TaskOutcomes;
  transcript?: Transcript;
  /** Wherever they were asked for. */
  embeddings?: EmbeddingResult;
  /** What no document tells. */
  warnings: Warning[];
  /** Catalog ids of the models that it comes from. */
  modelIds: string[];
  coldStartSeconds: number;
};

/**
 * Performs what a job asks for: what is said first, then what is seen. The model
 * that sees loads meanwhile.
 *
 * @throws ReelscribeError with the code of whatever failed for good; the
 *   signal's reason where the attempt was stopped
 */
export async function performTasks(media: Media, context: JobContext): Promise<TaskResults> {
  const { record, deps, compute } = context;
  const { speech, videoEmbedding } = planTasks(record.request.tasks, media);
  await using embedder =
    videoEmbedding &&
    loadInBackground(
      () => openVideoEmbedder(videoEmbedding.model, deps.models, compute.device),
      (loaded) => loaded.dispose(),
    );
  const heard = speech && (await performSpeechTasks(speech, media, context));
  const seen =
    embedder &&
    (await attempt(videoEmbedding, context, () =>
      runVideoEmbedding(videoEmbedding, media, embedder.loaded, context),
    ));

  const embeddings = embeddingResult(record, { video: seen, text: heard?.textEmbedding });
  return {
    outcomes: {
      ...heard?.outcomes,
      ...(seen && { videoEmbedding: seen.outcome }),
    },
    ...(heard?.transcript && { transcript: heard.transcript }),
    ...(embeddings && { embeddings }),
    warnings: heard ? warningsOf(heard.outcomes) : [],
    modelIds: [
      ...(heard?.modelIds ?? []),
      ...(seen?.result ? [catalogIdOf(seen.result.version)] : []),
    ],
    coldStartSeconds:
      heard?.coldStartSeconds ??
      (seen?.result && embedder ? context.bootSeconds + (await embedder.seconds) : 0),
  };
}

function warningsOf({ transcription }: TaskOutcomes): Warning[] {
  const failure = transcription?.status === 'FAILED' ? transcription.failure : undefined;
  return failure?.code === 'NO_AUDIO_STREAM' ? [warning('NO_AUDIO', { cause: failure.code })] : [];
}
