import type { JobRequest } from '#contracts/job-request.ts';
import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import {
  type StageMetrics,
  TRANSCRIPT_SCHEMA_VERSION,
  type Transcript,
  type Warning,
} from '#contracts/transcript.ts';
import type { MergedTranscription } from './merge-channels.ts';
import type { SpeakerTranscription } from './run-diarization.ts';
import { TIME_DIGITS, toDigits } from './to-digits.ts';

/** Puts the transcript document together from what the stages found. */
export function buildTranscript(parts: {
  record: { jobId: string; request: Pick<JobRequest, 'metadata'> };
  task: TranscriptionTask;
  transcription: MergedTranscription;
  /** The same segments with their speakers, where these were told apart. */
  diarization?: SpeakerTranscription;
  durationSeconds: number;
  /** Of the whole; those of the transcription come after them. */
  warnings: readonly Warning[];
  stages: readonly StageMetrics[];
}): Transcript {
  const { record, task, transcription, diarization, durationSeconds } = parts;
  const { language, channels } = transcription;
  const segments = (diarization ?? transcription).segments.map((segment, id) => ({
    id,
    ...rounded(segment),
  }));
  const wallSeconds = parts.stages.reduce((sum, stage) => sum + stage.wallSeconds, 0);
  return {
    schemaVersion: TRANSCRIPT_SCHEMA_VERSION,
    jobId: record.jobId,
    media: {
      durationSeconds: toDigits(durationSeconds, TIME_DIGITS),
      speechSeconds: toDigits(transcription.speechSeconds, TIME_DIGITS),
    },
    model: task.model,
    task: task.task,
    language,
    ...(channels && {
      channels: channels.map((channel) => ({
        ...channel,
        speechSeconds: toDigits(channel.speechSeconds, TIME_DIGITS),
      })),
    }),
    text: segments.map((segment) => segment.text).join(' '),
    segments,
    ...(diarization && {
      speakers: diarization.speakers,
      turns: diarization.turns,
      diarization: diarization.diarization,
    }),
    warnings: [...parts.warnings, ...transcription.warnings],
    metrics: {
      stages: [...parts.stages],
      realTimeFactor: wallSeconds === 0 ? 0 : durationSeconds / wallSeconds,
    },
    metadata: record.request.metadata,
  };
}

const SCORE_DIGITS = 4;

function rounded(segment: MergedTranscription['segments'][number]) {
  return {
    ...segment,
    start: toDigits(segment.start, TIME_DIGITS),
    end: toDigits(segment.end, TIME_DIGITS),
    ...(segment.words && {
      words: segment.words.map((word) => ({
        ...word,
        start: toDigits(word.start, TIME_DIGITS),
        end: toDigits(word.end, TIME_DIGITS),
        probability: toDigits(word.probability, SCORE_DIGITS),
      })),
    }),
    ...(segment.language && {
      language: {
        ...segment.language,
        probability: toDigits(segment.language.probability, SCORE_DIGITS),
      },
    }),
    avgLogprob: toDigits(segment.avgLogprob, SCORE_DIGITS),
    noSpeechProb: toDigits(segment.noSpeechProb, SCORE_DIGITS),
    compressionRatio: toDigits(segment.compressionRatio, SCORE_DIGITS),
  };
}
