import type { JobAccepted, JobList, JobView, UploadTicket } from '../api.ts';
import type { JobRequestInput } from '../job-request.ts';
import { jobRequestSchema } from '../job-request.ts';
import type { WebhookEvent } from '../webhook-events.ts';

const jobId = '01J9Z3X8M4T6V7W8Y9ABCDEFGH';
const uploadId = '01J9Z3VQ2C5N8P0R3S6T9W1XYZ';
const createdAt = '2025-01-15T09:30:00.000Z';

export const s3Request: JobRequestInput = {
  input: { s3: { bucket: 'my-media', key: 'talks/keynote.mp4' } },
  tasks: { transcription: { model: 'base', language: 'en' } },
  outputs: ['markdown', 'srt'],
  webhook: { url: 'https://example.com/hooks/reelscribe', events: ['job.completed', 'job.failed'] },
  metadata: { talk: '42' },
};

export const uploadRequest: JobRequestInput = {
  input: { uploadId },
  tasks: { transcription: {} },
};

export const speakersRequest: JobRequestInput = {
  input: { s3: { bucket: 'my-media', key: 'interviews/ruiz.wav' } },
  tasks: {
    transcription: {},
    diarization: {
      speakerNames: { SPEAKER_00: 'Interviewer' },
      knownVoices: [{ name: 'Dr. Ruiz', s3: { bucket: 'my-media', key: 'voices/ruiz.wav' } }],
    },
  },
};

export const accepted: JobAccepted = {
  jobId,
  status: 'QUEUED',
  statusUrl: `https://api.example.com/v1/jobs/${jobId}`,
};

const summary: JobList['jobs'][number] = {
  jobId,
  status: 'RUNNING',
  attempt: 1,
  createdAt,
  updatedAt: '2025-01-15T09:31:10.000Z',
  startedAt: '2025-01-15T09:31:10.000Z',
  request: jobRequestSchema.parse(s3Request),
  progress: {
    stage: 'transcribe',
    fraction: 0.42,
    mediaSeconds: 1_512,
    realTimeFactor: 24.5,
    sequence: 9,
  },
};

export const job: JobView = { ...summary, webhooks: {} };

export const jobList: JobList = { jobs: [summary], cursor: jobId };

export const ticket: UploadTicket = {
  uploadId,
  url: 'https://artifacts.s3.us-east-1.amazonaws.com/',
  fields: {
    'Content-Type': 'video/mp4',
    key: `uploads/caller/${uploadId}`,
    Policy: 'eyJleHBpcmF0aW9uIjoi…',
    'X-Amz-Signature': '5d41402abc4b2a76…',
  },
  expiresAt: '2025-01-15T09:45:00.000Z',
};

export const replayed = { replayed: [`evt_${jobId}_completed`] };

export const failedEvent: WebhookEvent = {
  id: `evt_${jobId}_failed`,
  type: 'job.failed',
  timestamp: '2025-01-15T09:31:20.000Z',
  data: {
    jobId,
    metadata: { talk: '42' },
    attempt: 1,
    failure: {
      code: 'NO_AUDIO_STREAM',
      message: 'The media has no audio to transcribe',
      hint: 'Send a file with an audio track.',
      retryable: false,
    },
  },
};
