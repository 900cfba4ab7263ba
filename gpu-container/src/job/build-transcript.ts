import type { JobRecord } from '#contracts/job-record.ts';
import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import {
  type StageMetrics,
  TRANSCRIPT_SCHEMA_VERSION,
  type Transcript,
  type Warning,
} from '#contracts/transcript.ts';
import type { TranscriptionState } from './checkpoint.ts';

/** Puts the transcript document together from what the stages found. */
export function buildTranscript(parts: {
  record: JobRecord;
  task: TranscriptionTask;
  state: TranscriptionState;
  durationSeconds: number;
  speechSeconds: number;
  warnings: readonly Warning[];
  stages: readonly StageMetrics[];
}): Transcript {
  const { record, task, state, durationSeconds } = parts;
  const segments = state.segments.map((segment, id) => ({ id, ...segment }));
  const wallSeconds = parts.stages.reduce((sum, stage) => sum + stage.wallSeconds, 0);
  return {
    schemaVersion: TRANSCRIPT_SCHEMA_VERSION,
    jobId: record.jobId,
    media: { durationSeconds, speechSeconds: parts.speechSeconds },
    model: task.model,
    task: task.task,
    language: {
      code: segments.length === 0 ? null : (state.language?.code ?? null),
      probability: segments.length === 0 ? null : (state.language?.probability ?? null),
    },
    text: segments.map((segment) => segment.text).join(' '),
    segments,
    warnings: [...parts.warnings, ...state.warnings],
    metrics: {
      stages: [...parts.stages],
      realTimeFactor: wallSeconds === 0 ? 0 : durationSeconds / wallSeconds,
    },
    metadata: record.request.metadata,
  };
}
