/** Up to 30 s of audio, mono at 16 kHz, recognised on its own. */
export type AudioWindow = {
  readonly samples: Float32Array;
  /** Spoken here, where that differs from the language of the options. */
  readonly language?: string;
  /** Whether it ends where nobody speaks, so that its end cuts nothing off. */
  readonly endsInPause?: boolean;
  /** Tokens of what was said just before, for a model that goes by them. */
  readonly previousTokens?: readonly number[];
};

export type RecognizeOptions = {
  /** Language spoken, a code the model knows. */
  language: string;
  /** `translate` writes English. */
  task: 'transcribe' | 'translate';
  /** False leaves the model out of the timing: one segment spans the window. Default true. */
  timestamps?: boolean;
  /** Text that sets style and spelling, as if it had been said before the window. */
  initialPrompt?: string;
  /** Words likely to be said, such as names. */
  hotwords?: readonly string[];
  /** Most tokens written per window. Default: what the model allows. */
  maxNewTokens?: number;
  /**
   * Tried in order until a result is neither a repetition loop nor improbable.
   * 0 takes the most probable token, above it tokens are drawn. Default [0].
   */
  temperatures?: readonly number[];
  /** Ends a text that has come to repeat itself, to try the window otherwise. Default false. */
  stopAtLoops?: boolean;
  /** Windows of other lengths, in samples, are tried at the first temperature only. Default: any length. */
  fallbackSamples?: { readonly from: number; readonly to: number };
  /** Texts kept open per window at temperature 0. Default 1: greedy. */
  beamSize?: number;
  /** Finished texts to wait for, in beam sizes. Default 1. */
  patience?: number;
  /** Exponent on the length of a text when beams are ranked. Default: mean per token. */
  lengthPenalty?: number;
  /** Times every word; only where the model `timesWords`. Changes no text. Default false. */
  wordTimestamps?: boolean;
  /** Checked from token to token; its reason is thrown. */
  signal?: AbortSignal;
};

/**
 * A word, in seconds from the start of its window. Its text is a piece of the
 * segment's, punctuation and the space before it included: the texts of a
 * segment's words joined are the segment's text.
 */
export type RecognizedWord = {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Mean probability of its tokens, punctuation left out. */
  readonly probability: number;
};

/** Something said, in seconds from the start of its window. */
export type RecognizedSegment = {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Where word times were asked for: in order; the segment reaches from the first to the last. */
  readonly words?: readonly RecognizedWord[];
};

/** What a window says, and how sure the model is. */
export type WindowResult = {
  readonly segments: readonly RecognizedSegment[];
  /** Token ids, without prompt and end of text. */
  readonly tokens: readonly number[];
  /** Those of the segments: what a following window may go by. */
  readonly settledTokens: readonly number[];
  /** How many samples of the window the segments settle; reading goes on after them. */
  readonly settledSamples: number;
  /** Where the last segment ends, in samples, by the model's own timestamps; none where it has no say. */
  readonly writtenSamples?: number;
  /** Mean log-probability of the tokens and the end of text. */
  readonly avgLogprob: number;
  /** Probability that nobody speaks. */
  readonly noSpeechProb: number;
  /** Bytes of the text by bytes of it compressed: high in a repetition loop. */
  readonly compressionRatio: number;
  readonly temperature: number;
  /** The language heard in this window, where the model tells languages apart. */
  readonly language?: DetectedLanguage;
};

export type DetectedLanguage = {
  readonly code: string;
  readonly probability: number;
};

/**
 * A speech recognition model. Samples in, text with times and scores out: how a
 * model gets there (features, search, cache) is its own affair.
 */
export type SpeechRecognizer = {
  readonly modelId: string;
  /** Codes of the languages it knows. */
  readonly languages: readonly string[];
  /** Whether it can tell when each word is said. */
  readonly timesWords: boolean;
  /** Longest window it takes, in samples. */
  readonly windowSamples: number;
  /** Windows that it recognises at once to best effect, as memory allows; at least one. */
  readonly batchSize: number;
  /** Recognises windows, each on its own; results come in the order of the windows. */
  recognize(windows: readonly AudioWindow[], options: RecognizeOptions): Promise<WindowResult[]>;
  /** Per window, how probable each of the `languages` is, in their order. */
  languageProbabilities(windows: readonly AudioWindow[]): Promise<Float32Array[]>;
  dispose(): Promise<void>;
};
