import { z } from 'zod';
import { errorCodeSchema } from './errors.ts';
import { DIARIZATION_BACKENDS, type DiarizationBackend } from './models.ts';
import { speakerLabelSchema } from './speaker-label.ts';
import { STAGES } from './stages.ts';

/** Version of the transcript document; a breaking change raises the first number. */
export const TRANSCRIPT_SCHEMA_VERSION = '1.1';

const secondsSchema = z
  .number()
  .nonnegative()
  .meta({ description: 'Seconds from the start of the media.' });
const probabilitySchema = z.number().min(0).max(1);

const channelSchema = z.int().nonnegative();

/** What went less than perfectly without failing the job. */
export const WARNINGS = {
  NO_SPEECH: 'No speech was found; the transcript is empty.',
  MEDIA_PARTLY_DECODED: 'Part of the media could not be decoded; the transcript covers the rest.',
  WINDOW_SKIPPED: 'A stretch of audio could not be transcribed and was left out.',
  WORDS_NOT_TIMED: 'The words of a stretch could not be timed; its segments are.',
  UNSPOKEN_TEXT: 'Text that was written over a stretch in which nobody speaks was left out.',
  CHANNELS_IDENTICAL: 'The channel sounds as an earlier one does; its words are given once, there.',
  DIARIZATION_FAILED: 'The speakers could not be told apart; the transcript has no speakers.',
  NO_AUDIO: 'The media has no audio; there is no transcript.',
  NO_VIDEO: 'The media has no pictures; there are no embeddings of them.',
  VIDEO_EMBEDDING_FAILED: 'The video could not be embedded; there are no embeddings of it.',
  VIDEO_NOT_DECODED:
    'No picture of the video could be decoded; its vectors are zeros, as asked for.',
  TEXT_EMBEDDING_FAILED: 'The transcript could not be embedded; there are no embeddings of it.',
  VOICE_NOT_FOUND: 'Nobody in the recording sounds like this known voice.',
  VOICE_UNREADABLE: 'The clip of a known voice could not be used; the voice was not looked for.',
  SPEAKER_NAME_UNUSED: 'A name was given for a speaker that the recording does not have.',
  RAN_ON_CPU: 'No GPU could be used; the work was done on the CPU, as the deployment allows.',
  GPU_BARELY_USED:
    'Much of a model ran on the CPU though it was given to the GPU; choose its fp16 entry.',
  LANGUAGE_UNCERTAIN: 'The language was detected with low confidence; give `language` to be sure.',
} as const;

export type WarningCode = keyof typeof WARNINGS;

export const warningSchema = z
  .strictObject({
    code: z.enum(Object.keys(WARNINGS) as [WarningCode, ...WarningCode[]]),
    message: z.string(),
    cause: errorCodeSchema.optional(),
    channel: channelSchema
      .optional()
      .meta({ description: 'The one it is about, where channels are transcribed separately.' }),
    name: z
      .string()
      .optional()
      .meta({ description: 'The known voice, the speaker label, or the model that it is about.' }),
    start: secondsSchema.optional(),
    end: secondsSchema.optional(),
  })
  .meta({ id: 'Warning' });

export type Warning = z.infer<typeof warningSchema>;

/** A warning with its standard text. */
export function warning(
  code: WarningCode,
  details: Omit<Warning, 'code' | 'message'> = {},
): Warning {
  return { code, message: WARNINGS[code], ...details };
}

const overlapSchema = z.literal(true).optional().meta({
  description: 'Somebody else talks at the same time.',
});

export const wordSchema = z
  .strictObject({
    text: z.string().meta({
      description:
        'With its punctuation and the space before it: joined, the words are the text of the segment.',
    }),
    start: secondsSchema,
    end: secondsSchema,
    probability: probabilitySchema,
    speaker: speakerLabelSchema.optional(),
    overlap: overlapSchema,
  })
  .meta({ id: 'Word' });

export type Word = z.infer<typeof wordSchema>;

export const segmentSchema = z
  .strictObject({
    id: z.int().nonnegative(),
    start: secondsSchema,
    end: secondsSchema,
    text: z.string().min(1),
    speaker: speakerLabelSchema.optional().meta({
      description: 'Label of one of the speakers; a name, where there is one, stands there.',
    }),
    overlap: overlapSchema,
    channel: channelSchema.optional().meta({
      description:
        'From 0, in the order of the stream; only where they are transcribed separately.',
    }),
    words: z.array(wordSchema).optional(),
    language: z.strictObject({ code: z.string(), probability: probabilitySchema }).optional().meta({
      description:
        'What the window it comes from sounds like, from a model that tells languages apart; the text is in the language of the transcript, unless the job was `multilingual`.',
    }),
    avgLogprob: z
      .number()
      .meta({ description: 'Mean log-probability of the tokens of the window it comes from.' }),
    noSpeechProb: probabilitySchema,
    compressionRatio: z.number().nonnegative(),
    temperature: z.number().min(0).max(1),
  })
  .meta({ id: 'Segment' });

export type Segment = z.infer<typeof segmentSchema>;

/** How one stage of the run went. */
export const stageMetricsSchema = z
  .strictObject({
    stage: z.enum(STAGES),
    wallSeconds: z.number().nonnegative(),
    peakRssBytes: z.int().nonnegative(),
    device: z.enum(['cpu', 'cuda']).optional(),
  })
  .meta({ id: 'StageMetrics' });

export type StageMetrics = z.infer<typeof stageMetricsSchema>;

const languageSchema = z.strictObject({
  code: z.string().nullable().meta({ description: 'ISO 639-1; null where there is no speech.' }),
  probability: probabilitySchema
    .nullable()
    .meta({ description: 'null where the request named the language.' }),
});

const channelFactsSchema = z
  .strictObject({
    channel: channelSchema,
    language: languageSchema,
    speechSeconds: secondsSchema.meta({ description: 'How much of the channel is speech.' }),
    sameAs: channelSchema.optional().meta({
      description: 'An earlier channel with the same sound, whose segments stand for both.',
    }),
  })
  .meta({ id: 'TranscriptChannel' });

const speakerSchema = z
  .strictObject({
    label: speakerLabelSchema.meta({
      description: 'By first word: the first to be heard is SPEAKER_00.',
    }),
    name: z.string().optional().meta({
      description: 'As the request named the speaker, or the known voice that it sounds like.',
    }),
    talkSeconds: secondsSchema.meta({ description: 'How long the speaker talks.' }),
    confidence: probabilitySchema.meta({
      description: 'How much nearer the speech is to this voice than to any other.',
    }),
    embedding: z.array(z.number()).optional().meta({
      description: 'What the voice sounds like to the model, of unit length.',
    }),
    match: z
      .strictObject({ name: z.string(), similarity: z.number().min(-1).max(1) })
      .optional()
      .meta({ description: 'The known voice it was recognised as, and the cosine similarity.' }),
  })
  .meta({ id: 'Speaker' });

/** Somebody whom the recording was found to have. */
export type Speaker = z.infer<typeof speakerSchema>;

const turnSchema = z
  .strictObject({ start: secondsSchema, end: secondsSchema, speaker: speakerLabelSchema })
  .meta({ id: 'Turn' });

/** One speaker talking without a pause worth the name. */
export type Turn = z.infer<typeof turnSchema>;

export const transcriptSchema = z
  .strictObject({
    schemaVersion: z.literal(TRANSCRIPT_SCHEMA_VERSION),
    jobId: z.string(),
    media: z.strictObject({
      durationSeconds: secondsSchema,
      speechSeconds: secondsSchema.meta({
        description:
          'How much of it the voice activity detector took for speech, on whichever channel.',
      }),
    }),
    model: z.string(),
    task: z.enum(['transcribe', 'translate']),
    language: languageSchema.meta({
      description: 'Of several channels, the language of the one with the most text.',
    }),
    channels: z
      .array(channelFactsSchema)
      .optional()
      .meta({ description: 'Each channel, where they are transcribed separately.' }),
    text: z.string(),
    segments: z.array(segmentSchema),
    speakers: z.array(speakerSchema).optional().meta({
      description: 'By label; this and the next two only where speakers were told apart.',
    }),
    turns: z.array(turnSchema).optional().meta({
      description: 'Who speaks when, by start; those of different speakers may overlap.',
    }),
    diarization: z
      .strictObject({
        backend: z.enum(
          Object.keys(DIARIZATION_BACKENDS) as [DiarizationBackend, ...DiarizationBackend[]],
        ),
        models: z.array(z.string()),
      })
      .optional()
      .meta({ description: 'What told the speakers apart; no models where channels did.' }),
    warnings: z.array(warningSchema),
    metrics: z.strictObject({
      stages: z.array(stageMetricsSchema),
      realTimeFactor: z
        .number()
        .nonnegative()
        .meta({ description: 'Media seconds per second of work (RTFx).' }),
    }),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Transcript' });

/** The transcript document: what transcript.json holds. */
export type Transcript = z.infer<typeof transcriptSchema>;
