/** Up to 30 s of audio, mono at 16 kHz, recognised on its own. */
export type AudioWindow = { readonly samples: Float32Array };

export type RecognizeOptions = {
  /** Language spoken, a code the model knows. */
  language: string;
  /** `translate` writes English. */
  task: 'transcribe' | 'translate';
  /** False leaves the model out of the timing: one segment spans the window. Default true. */
  timestamps?: boolean;
  /** Text that sets style and spelling, as if it had been said before the window. */
  initialPrompt?: string;
  /** Most tokens written per window. Default: what the model allows. */
  maxNewTokens?: number;
  /**
   * Tried in order until a result is neither a repetition loop nor improbable.
   * 0 takes the most probable token, above it tokens are drawn. Default [0].
   */
  temperatures?: readonly number[];
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
  /** How many samples of the window the segments settle; reading goes on after them. */
  readonly settledSamples: number;
  /** Mean log-probability of the tokens and the end of text. */
  readonly avgLogprob: number;
  /** Probability that nobody speaks. */
  readonly noSpeechProb: number;
  /** Bytes of the text by bytes of it compressed: high in a repetition loop. */
  readonly compressionRatio: number;
  readonly temperature: number;
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
  /** Recognises windows, each on its own; results come in the order of the windows. */
  recognize(windows: readonly AudioWindow[], options: RecognizeOptions): Promise<WindowResult[]>;
  /** The language spoken, by the mean of the probabilities over the windows. */
  detectLanguage(windows: readonly AudioWindow[]): Promise<DetectedLanguage>;
  dispose(): Promise<void>;
};
