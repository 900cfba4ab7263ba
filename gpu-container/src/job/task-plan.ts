import type { JobRequest } from '#contracts/job-request.ts';
import type { Media } from './get-media.ts';

type Tasks = JobRequest['tasks'];

/** The tasks that need somebody who speaks; none of them goes without a transcription. */
export type SpeechTasks = Pick<Tasks, 'diarization' | 'textEmbedding'> & {
  transcription: NonNullable<Tasks['transcription']>;
};

/** What is to be done with a media file: what is heard in it, and what is seen. */
export type TaskPlan = {
  speech?: SpeechTasks;
  videoEmbedding?: NonNullable<Tasks['videoEmbedding']>;
};

/**
 * Divides the tasks of a job. Where the media has sound but no pictures, or pictures
 * but no sound, what cannot be done with it does not take from the caller what
 * can: it fails by itself, whether required or not. Media of which nothing that was
 * asked for can be done fails the job.
 */
export function planTasks(
  { transcription, diarization, textEmbedding, videoEmbedding }: Tasks,
  { facts, isPicture }: Pick<Media, 'facts' | 'isPicture'>,
): TaskPlan {
  const canBeHeard = transcription !== undefined && facts.audio.length > 0;
  const canBeSeen = videoEmbedding !== undefined && (isPicture || facts.video.length > 0);
  const speechMayFail = !canBeHeard && canBeSeen;
  return {
    ...(transcription && {
      speech: {
        transcription: relaxed(transcription, speechMayFail),
        diarization: diarization && relaxed(diarization, speechMayFail),
        textEmbedding: textEmbedding && relaxed(textEmbedding, speechMayFail),
      },
    }),
    ...(videoEmbedding && { videoEmbedding: relaxed(videoEmbedding, !canBeSeen && canBeHeard) }),
  };
}

function relaxed<Task extends { required: boolean }>(task: Task, mayFail: boolean): Task {
  return mayFail ? { ...task, required: false } : task;
}
