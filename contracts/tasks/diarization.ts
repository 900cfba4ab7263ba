import { z } from 'zod';
import { DIARIZATION_BACKENDS, DIARIZATION_MODELS, type DiarizationBackend } from '../models.ts';
import { s3ObjectSchema } from '../s3-object.ts';
import { speakerLabelSchema } from '../speaker-label.ts';

/** More voices than this in one recording cannot be told apart by embeddings. */
const MAX_SPEAKERS = 50;

/** Each reference clip is fetched, decoded and embedded before the recording is compared with it. */
const MAX_KNOWN_VOICES = 20;

/** A lone voice must stay one, so the least is 1: a greater one splits it. */
export const DEFAULT_MIN_SPEAKERS = 1;
export const DEFAULT_MAX_SPEAKERS = 8;

/** It stands in lines of subtitles and tables, so it has no line breaks of its own. */
const speakerNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, 'must have no control characters');

const speakerCountSchema = z.int().min(1).max(MAX_SPEAKERS);

const knownVoiceSchema = z
  .strictObject({ name: speakerNameSchema, s3: s3ObjectSchema })
  .meta({ id: 'KnownVoice' });

export type KnownVoice = z.infer<typeof knownVoiceSchema>;

export const diarizationSchema = z
  .strictObject({
    required: z.boolean().default(false).meta({
      description: 'False: if it fails, the transcript has no speakers, and a warning says why.',
    }),
    backend: z
      .enum(Object.keys(DIARIZATION_BACKENDS) as [DiarizationBackend, ...DiarizationBackend[]])
      .default('auto'),
    model: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({
        description: `What tells voices apart: ${DIARIZATION_MODELS.join(', ')}. The backend's own, if not given.`,
      }),
    minSpeakers: speakerCountSchema.default(DEFAULT_MIN_SPEAKERS),
    maxSpeakers: speakerCountSchema.optional().meta({
      description: `${DEFAULT_MAX_SPEAKERS}, if not given, or more where minSpeakers or numSpeakers is.`,
    }),
    numSpeakers: speakerCountSchema.optional().meta({
      description: 'How many people speak, where that is known.',
    }),
    minSegmentDuration: z.number().min(0).max(10).optional().meta({
      description: 'Seconds; shorter turns go to whoever speaks around them.',
    }),
    perChannel: z.boolean().default(false).meta({
      description: 'Each channel of the audio is one speaker, and no model is needed.',
    }),
    speakerNames: z
      .record(speakerLabelSchema, speakerNameSchema, {
        error: ({ code }) =>
          code === 'invalid_key' ? 'not a speaker label, such as SPEAKER_00' : undefined,
      })
      .refine((names) => Object.keys(names).length <= MAX_SPEAKERS, {
        message: `at most ${MAX_SPEAKERS} names`,
      })
      .optional()
      .meta({
        description: 'What readers see in place of a label.',
        examples: [{ SPEAKER_00: 'Dr. Ruiz' }],
      }),
    knownVoices: z
      .array(knownVoiceSchema)
      .max(MAX_KNOWN_VOICES)
      .refine((voices) => new Set(voices.map(({ name }) => name)).size === voices.length, {
        message: 'each name may be given once',
      })
      .optional()
      .meta({
        description:
          'Recordings of single people. A speaker who sounds like one of them gets the name.',
      }),
  })
  .transform((task) => {
    const model =
      task.model ?? (task.perChannel ? undefined : DIARIZATION_BACKENDS[task.backend][0]);
    const least = task.numSpeakers ?? task.minSpeakers;
    return {
      ...task,
      ...(model !== undefined && { model }),
      maxSpeakers: task.maxSpeakers ?? Math.max(DEFAULT_MAX_SPEAKERS, least),
    };
  })
  .superRefine((task, context) => {
    const { minSpeakers, maxSpeakers, numSpeakers } = task;
    const refuse = (option: keyof typeof task, message: string) =>
      context.addIssue({ code: 'custom', path: [option], message });
    if (minSpeakers > maxSpeakers) {
      refuse('minSpeakers', 'must not be above maxSpeakers');
    }
    if (numSpeakers !== undefined && numSpeakers < minSpeakers) {
      refuse('numSpeakers', 'must not be below minSpeakers');
    }
    if (numSpeakers !== undefined && numSpeakers > maxSpeakers) {
      refuse('numSpeakers', 'must not be above maxSpeakers');
    }
  })
  .meta({ id: 'DiarizationTask' });

export type DiarizationTask = z.infer<typeof diarizationSchema>;
