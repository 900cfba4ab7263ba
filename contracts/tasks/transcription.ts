import { z } from 'zod';
import { LANGUAGES } from '../languages.ts';

/**
 * Silero's published defaults, but for the padding: at its 30 ms Whisper loses
 * first words. The threshold is a probability, the rest are milliseconds.
 */
const vadOptionsSchema = z.strictObject({
  threshold: z.number().min(0.05).max(0.95).default(0.5),
  minSpeechMs: z.int().min(0).max(5_000).default(250),
  minSilenceMs: z.int().min(0).max(5_000).default(100),
  speechPadMs: z.int().min(0).max(1_000).default(200),
});

export type VadOptions = z.infer<typeof vadOptionsSchema>;

export const DEFAULT_VAD_OPTIONS: VadOptions = vadOptionsSchema.parse({});

/** The temperatures of OpenAI's fallback: greedy first, then hotter while the result looks wrong. */
export const DEFAULT_TEMPERATURES = [0, 0.2, 0.4, 0.6, 0.8, 1];

export const DEFAULT_TRANSCRIPTION_MODEL = 'base';

export const transcriptionSchema = z
  .strictObject({
    required: z.boolean().default(true),
    model: z.string().min(1).max(100).default(DEFAULT_TRANSCRIPTION_MODEL).meta({
      description:
        'tiny, base, small, medium, large-v2, large-v3, large-v3-turbo, distil-large-v3, moonshine-tiny or a catalog id.',
    }),
    language: z.enum(['auto', ...LANGUAGES]).default('auto'),
    task: z.enum(['transcribe', 'translate']).default('transcribe').meta({
      description: '`translate` writes English, whatever is spoken.',
    }),
    wordTimestamps: z.boolean().optional().meta({
      description: 'If not given, true where the model can time words.',
    }),
    channels: z.enum(['mix', 'separate']).default('mix').meta({
      description:
        '`separate` transcribes each channel of the audio (8 at most) by itself: for calls with one speaker a channel.',
    }),
    initialPrompt: z.string().min(1).max(1_000).optional().meta({
      description:
        'Text that the recogniser takes for what was said before: names, spelling, style.',
    }),
    hotwords: z.array(z.string().min(1).max(100)).max(100).optional().meta({
      description: 'Words likely to be said, such as names; the recogniser is told of them.',
    }),
    multilingual: z.boolean().default(false).meta({
      description: 'Writes each stretch in the language heard in it; for languages that alternate.',
    }),
    conditionOnPreviousText: z.boolean().default(false).meta({
      description:
        'Goes by the text just before, for a steadier style. A mistake may then go on, too.',
    }),
    vad: z.union([z.boolean(), vadOptionsSchema]).default(true).meta({
      description: 'Voice activity detection: on, off, or on with these thresholds.',
    }),
    temperatures: z.array(z.number().min(0).max(1)).min(1).max(6).default(DEFAULT_TEMPERATURES),
    beamSize: z.int().min(1).max(10).default(1).meta({
      description:
        'Texts weighed at once at temperature 0; 5 is a little more accurate and slower.',
    }),
    patience: z.number().min(0.1).max(5).optional().meta({
      description: 'Finished beams to wait for, in beam sizes. 1, if not given.',
    }),
    lengthPenalty: z.number().min(0).max(2).optional().meta({
      description: 'Exponent by which longer beams are favoured; the mean per token, if not given.',
    }),
    maxNewTokens: z.int().min(1).max(448).optional(),
    suppressHallucinations: z.boolean().default(true).meta({
      description:
        'Leaves out repetition loops and text where nobody speaks, and reads what makes no sense in shorter windows.',
    }),
    batchSize: z.int().min(1).max(64).optional().meta({
      description: 'Windows decoded at once. As memory allows, if not given.',
    }),
  })
  .meta({ id: 'TranscriptionTask' });

export type TranscriptionTask = z.infer<typeof transcriptionSchema>;
