import { ReelscribeError } from '#contracts/errors.ts';
import { type Segment, type Warning, warning } from '#contracts/transcript.ts';
import { type PcmReader, SAMPLE_RATE } from '../decode/pcm.ts';
import type { Span } from '../vad/pack-speech.ts';
import { detectOpeningLanguage } from './opening-language.ts';
import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from './recognizer.ts';
import { isRepetitionLoop, isSilence } from './result-quality.ts';

/** Less left of a span holds no word. */
const MIN_WINDOW_SECONDS = 0.1;
/** Half of Whisper's own resolution. */
const MIN_SEGMENT_SECONDS = 0.01;

type TranscribeOptions = {
  /** A language code, or `auto`: detected once, from the first speech. */
  language: string;
  task: 'transcribe' | 'translate';
  initialPrompt?: string;
  maxNewTokens?: number;
  /** Times every word. Default false. */
  wordTimestamps?: boolean;
  /** Tried in order per window; see {@link SpeechRecognizer}. */
  temperatures: readonly number[];
  /** Leaves out windows that are a repetition loop at every temperature. */
  suppressHallucinations: boolean;
};

/** Where transcription stands: in which span, and how many of its samples are done. */
type TranscriptCursor = { readonly span: number; readonly seekSamples: number };

/** One window's worth of transcript. */
export type TranscriptStep = {
  /** In seconds of the recording. */
  segments: Omit<Segment, 'id'>[];
  /** Where to go on after this step. */
  cursor: TranscriptCursor;
  /** `probability` is null where the language was given. */
  language: { code: string; probability: number | null };
  warnings: Warning[];
  /** Why the recogniser failed on the window, where it did: for the log. */
  failure?: unknown;
};

export type TranscribeInput = {
  pcm: PcmReader;
  /** What to transcribe, in order. */
  spans: readonly Span[];
  recognizer: SpeechRecognizer;
  options: TranscribeOptions;
  /** Goes on from the cursor of an earlier step, whose language should then be given. */
  from?: TranscriptCursor;
  signal?: AbortSignal;
};

/** Samples [start, end) of the recording. */
type SampleRange = { start: number; end: number };

/**
 * Transcribes spans of a recording window by window and yields after each, so
 * that a job can be checkpointed there. A span is read as openai/whisper reads a
 * file: a window of at most 30 s, then on from where its segments end. Windows
 * are independent of one another, so that going on from a cursor gives what an
 * uninterrupted run gives.
 *
 * @throws ReelscribeError TRANSCRIPTION_FAILED when the recogniser fails on every window (on some
 * of them, they are left out with a WINDOW_SKIPPED warning), NOT_AVAILABLE for a language that the
 * model does not know, or for word times where it has none
 * @throws The signal's reason, where it was aborted; the steps that were yielded hold.
 */
export async function* transcribeSpans({
  pcm,
  spans,
  recognizer,
  options,
  from = { span: 0, seekSamples: 0 },
  signal,
}: TranscribeInput): AsyncGenerator<TranscriptStep, void, undefined> {
  if (options.wordTimestamps && !recognizer.timesWords) {
    throw new ReelscribeError('NOT_AVAILABLE', `${recognizer.modelId} does not time words`);
  }
  const ranges = spans.map((span) => sampleRange(span, pcm));
  const readWindow = windowReader(pcm);
  const language = await spokenLanguage(ranges, recognizer, options, readWindow);
  const { temperatures, task, initialPrompt, maxNewTokens, wordTimestamps = false } = options;
  const recognizeOptions = {
    language: language.code,
    task,
    temperatures,
    wordTimestamps,
    ...(initialPrompt !== undefined && { initialPrompt }),
    ...(maxNewTokens !== undefined && { maxNewTokens }),
    ...(signal !== undefined && { signal }),
  };

  let nothingDone = from.span === 0 && from.seekSamples === 0;
  let lastFailure: unknown;
  let { span, seekSamples } = from;
  while (span < ranges.length) {
    const range = ranges[span]!;
    const start = range.start + seekSamples;
    const end = Math.min(range.end, start + recognizer.windowSamples);
    const window = await readWindow({ start, end });

    let settledSamples = end - start;
    let segments: TranscriptStep['segments'] = [];
    const warnings: Warning[] = [];
    let failure: unknown;
    try {
      const { result, untimed } = await recognizeWindow(recognizer, window, recognizeOptions);
      nothingDone = false;
      if (untimed !== undefined) {
        failure = untimed;
        warnings.push(warning('WORDS_NOT_TIMED', secondsOf({ start, end })));
      }
      if (options.suppressHallucinations && isRepetitionLoop(result)) {
        warnings.push(skipped({ start, end }));
      } else if (!isSilence(result)) {
        segments = placeSegments(result, { start, end });
        // A window that settles nothing would be read again for ever.
        settledSamples = result.settledSamples || settledSamples;
      }
    } catch (cause) {
      signal?.throwIfAborted();
      failure = cause;
      lastFailure = cause;
      warnings.push(skipped({ start, end }));
    }

    const seek = start + settledSamples;
    const spanIsDone = range.end - seek < MIN_WINDOW_SECONDS * SAMPLE_RATE;
    span += spanIsDone ? 1 : 0;
    seekSamples = spanIsDone ? 0 : seek - range.start;
    yield {
      segments,
      cursor: { span, seekSamples },
      language,
      warnings,
      ...(failure !== undefined && { failure }),
    };
  }
  if (nothingDone && lastFailure !== undefined) {
    throw new ReelscribeError('TRANSCRIPTION_FAILED', 'The recogniser failed on every window', {
      cause: lastFailure,
    });
  }
}

/** Recognises a window; where its words cannot be timed, without their times, and says why. */
async function recognizeWindow(
  recognizer: SpeechRecognizer,
  window: AudioWindow,
  options: RecognizeOptions,
): Promise<{ result: WindowResult; untimed?: unknown }> {
  try {
    const [result] = await recognizer.recognize([window], options);
    return { result: result! };
  } catch (untimed) {
    options.signal?.throwIfAborted();
    if (!options.wordTimestamps) {
      throw untimed;
    }
    const [result] = await recognizer.recognize([window], { ...options, wordTimestamps: false });
    return { result: result!, untimed };
  }
}

function sampleRange({ start, end }: Span, { sampleCount }: PcmReader): SampleRange {
  return {
    start: Math.round(start * SAMPLE_RATE),
    end: Math.min(sampleCount, Math.round(end * SAMPLE_RATE)),
  };
}

/** Reads windows; the last one read is handed out again, so that a recogniser can reuse its work on it. */
function windowReader(pcm: PcmReader) {
  let last: (SampleRange & { window: AudioWindow }) | undefined;
  return async ({ start, end }: SampleRange): Promise<AudioWindow> => {
    if (last?.start !== start || last.end !== end) {
      last = { start, end, window: { samples: await pcm.read(start, end - start) } };
    }
    return last.window;
  };
}

async function spokenLanguage(
  ranges: readonly SampleRange[],
  recognizer: SpeechRecognizer,
  { language }: TranscribeOptions,
  readWindow: (range: SampleRange) => Promise<AudioWindow>,
): Promise<TranscriptStep['language']> {
  if (language !== 'auto') {
    if (!recognizer.languages.includes(language)) {
      throw new ReelscribeError(
        'NOT_AVAILABLE',
        `${recognizer.modelId} does not know the language ${language}`,
      );
    }
    return { code: language, probability: null };
  }
  async function* openingWindows() {
    for (const { start, end } of ranges) {
      for (let at = start; at < end; at += recognizer.windowSamples) {
        yield await readWindow({ start: at, end: Math.min(end, at + recognizer.windowSamples) });
      }
    }
  }
  try {
    const detected = await detectOpeningLanguage(openingWindows(), recognizer);
    return {
      code: detected?.code ?? recognizer.languages[0]!,
      probability: detected?.probability ?? null,
    };
  } catch (cause) {
    throw new ReelscribeError('TRANSCRIPTION_FAILED', 'The language could not be detected', {
      cause,
    });
  }
}

function placeSegments(result: WindowResult, { start, end }: SampleRange) {
  const [windowStart, windowEnd] = [start / SAMPLE_RATE, end / SAMPLE_RATE];
  const { avgLogprob, noSpeechProb, compressionRatio, temperature } = result;
  return (
    result.segments
      .map((segment) => ({
        start: windowStart + segment.start,
        end: Math.min(windowEnd, windowStart + segment.end),
        text: segment.text,
        ...(segment.words && {
          words: segment.words.map((word) => ({
            ...word,
            start: Math.min(windowEnd, windowStart + word.start),
            end: Math.min(windowEnd, windowStart + word.end),
          })),
        }),
        avgLogprob,
        noSpeechProb,
        compressionRatio,
        temperature,
      }))
      // What begins with the end of the window is made up from the silence that fills it up.
      .filter(({ text, start, end }) => text !== '' && end - start >= MIN_SEGMENT_SECONDS)
  );
}

function skipped(range: SampleRange): Warning {
  return warning('WINDOW_SKIPPED', secondsOf(range));
}

function secondsOf({ start, end }: SampleRange) {
  return { start: start / SAMPLE_RATE, end: end / SAMPLE_RATE };
}
