import type { ModelFiles } from '../../gpu-container/src/models/store.ts';
import type { OnnxSession } from '../../gpu-container/src/onnx/session.ts';
import { compressionRatio } from '../../gpu-container/src/transcribe/compression-ratio.ts';
import { HOP_LENGTH, WINDOW_FRAMES } from '../../gpu-container/src/transcribe/mel/log-mel.ts';
import {
  type TranscriptStep,
  transcribeSpans,
} from '../../gpu-container/src/transcribe/transcribe-spans.ts';
import { beamSearch } from '../../gpu-container/src/transcribe/whisper/beam-search.ts';
import { startDecoder } from '../../gpu-container/src/transcribe/whisper/decoder.ts';
import type { EncoderStates } from '../../gpu-container/src/transcribe/whisper/encoder.ts';
import { logitFilters } from '../../gpu-container/src/transcribe/whisper/logit-filters.ts';
import { buildPrompt } from '../../gpu-container/src/transcribe/whisper/prompt.ts';
import {
  openWhisper,
  type WhisperDescription,
} from '../../gpu-container/src/transcribe/whisper/recognizer.ts';
import {
  avgLogprob,
  type Hypothesis,
  searchTokens,
} from '../../gpu-container/src/transcribe/whisper/search.ts';
import { windowResult } from '../../gpu-container/src/transcribe/whisper/segments.ts';
import {
  chooseMostProbable,
  forceTokens,
} from '../../gpu-container/src/transcribe/whisper/token-choice.ts';
import type { LongRecording, LongRun, Mode, ReferenceClip } from './whisper-references.ts';

const BEAM_SIZE = 5;

/** A decoding in the units of the reference. */
export type Decoding = {
  tokens: number[];
  text: string;
  avgLogprob: number;
  noSpeechProb: number;
  compressionRatio: number;
  /** Null for plain decodings, which have no timestamps. */
  segments: { start: number; end: number }[] | null;
  settledFrames: number;
};

/** The prompt and the search of a mode. */
function searchOf(clip: ReferenceClip, mode: Mode, whisper: WhisperDescription) {
  const { vocabulary, tokenizer, dimensions } = whisper;
  const timestamps = mode.endsWith('timestamps');
  const { language } = clip;
  const options = { language, task: 'transcribe', timestamps } as const;
  return {
    prompt: buildPrompt(options, vocabulary, tokenizer, dimensions),
    options: {
      filter: logitFilters(vocabulary, timestamps),
      maxNewTokens: dimensions.decoderPositions / 2,
    },
  };
}

/** Decodes one window as the reference was decoded. */
export async function decodeWindow(
  decoder: OnnxSession,
  clip: ReferenceClip,
  mode: Mode,
  states: EncoderStates,
  whisper: WhisperDescription,
): Promise<Hypothesis> {
  const { vocabulary, dimensions } = whisper;
  const { prompt, options } = searchOf(clip, mode, whisper);
  const run = startDecoder(decoder, dimensions)(states);
  if (mode.startsWith('beam')) {
    const [best] = await beamSearch(run, [prompt], { ...options, beamSize: BEAM_SIZE }, vocabulary);
    return best!;
  }
  const texts = await searchTokens(run, [prompt], [() => chooseMostProbable], options, vocabulary);
  return texts[0]![0]!;
}

/** Passes the reference's tokens and tells their log-probabilities. */
export async function scoreReference(
  decoder: OnnxSession,
  clip: ReferenceClip,
  mode: Mode,
  states: EncoderStates,
  whisper: WhisperDescription,
): Promise<readonly number[]> {
  const { vocabulary, dimensions } = whisper;
  const { prompt, options } = searchOf(clip, mode, whisper);
  const run = startDecoder(decoder, dimensions)(states);
  const forced = () => forceTokens(clip[mode].tokens, vocabulary.endOfText);
  const texts = await searchTokens(run, [prompt], [forced], options, vocabulary);
  return texts[0]![0]!.logprobs;
}

export function describeDecoding(
  hypothesis: Hypothesis,
  mode: Mode,
  samples: number,
  { vocabulary, tokenizer }: WhisperDescription,
): Decoding {
  const window = { samples: new Float32Array(samples) };
  const read = windowResult(hypothesis.tokens, window, vocabulary, tokenizer);
  return {
    tokens: [...hypothesis.tokens],
    text: read.text,
    avgLogprob: avgLogprob(hypothesis),
    noSpeechProb: hypothesis.noSpeechProb,
    compressionRatio: compressionRatio(read.text),
    segments: mode.endsWith('timestamps')
      ? read.segments.map(({ start, end }) => ({ start, end }))
      : null,
    settledFrames: read.settledSamples / HOP_LENGTH,
  };
}

/** What a windowed transcription of the long recording writes. */
export type LongDecoding = {
  /** Tokens of each window. */
  windows: number[][];
  segments: { start: number; end: number; text: string }[];
};

/**
 * Transcribes the long recording from its stored features: its samples are their
 * own positions, by which the features of a window are found.
 */
export async function transcribeLong(
  files: ModelFiles,
  recording: LongRecording,
  run: LongRun,
): Promise<LongDecoding> {
  const { features, melBins, frames, samples } = recording;
  const whisper = await openWhisper(files, {
    modelId: files.id,
    sessionOptions: 'default',
    extract: (window) => {
      const from = Math.round(window[0]! / HOP_LENGTH);
      const count = Math.min(WINDOW_FRAMES, frames - from);
      const cut = new Float32Array(melBins * WINDOW_FRAMES);
      for (let bin = 0; bin < melBins; bin++) {
        const row = bin * frames + from;
        cut.set(features.subarray(row, row + count), bin * WINDOW_FRAMES);
      }
      return cut;
    },
  });
  const windows: LongDecoding['windows'] = [];
  const steps: TranscriptStep[] = [];
  try {
    const transcription = transcribeSpans({
      pcm: {
        sampleRate: 16_000,
        sampleCount: samples,
        read: async (start, count) => Float32Array.from({ length: count }, (_, n) => start + n),
      },
      spans: [{ start: 0, end: samples / 16_000 }],
      recognizer: {
        ...whisper,
        async recognize(asked, options) {
          const results = await whisper.recognize(asked, options);
          windows.push(...results.map(({ tokens }) => [...tokens]));
          return results;
        },
      },
      options: {
        language: 'auto',
        task: 'transcribe',
        temperatures: [0],
        suppressHallucinations: false,
        batchSize: 1,
        conditionOnPreviousText: !run.endsWith('no_condition'),
        beamSize: run.startsWith('beam') ? BEAM_SIZE : 1,
      },
    });
    for await (const step of transcription) {
      steps.push(step);
    }
  } finally {
    await whisper.dispose();
  }
  const segments = steps.flatMap((step) => step.segments);
  return {
    windows,
    segments: segments.map(({ start, end, text }) => ({ start, end, text })),
  };
}
