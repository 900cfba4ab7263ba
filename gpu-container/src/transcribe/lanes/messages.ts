import type { ErrorCode } from '#contracts/errors.ts';
import type {
  AudioWindow,
  RecognizeOptions,
  SpeechRecognizer,
  WindowResult,
} from '../recognizer.ts';

/** A window on its way to a lane; the key is the same for the same samples. */
export type SentWindow = AudioWindow & { readonly key: number };

/** What a recogniser is, apart from what it does. */
export type RecognizerFacts = Pick<
  SpeechRecognizer,
  'modelId' | 'languages' | 'timesWords' | 'windowSamples' | 'batchSize'
>;

export type LaneRequest =
  | {
      readonly call: 'recognize';
      readonly windows: readonly SentWindow[];
      readonly options: Omit<RecognizeOptions, 'signal'>;
    }
  | { readonly call: 'languageProbabilities'; readonly windows: readonly SentWindow[] }
  | { readonly call: 'dispose' };

export type ToLane = (LaneRequest & { readonly id: number }) | { readonly abort: number };

/** An error as it crosses between threads; the code is there where it was one of ours. */
export type SentError = {
  readonly message: string;
  readonly stack?: string;
  readonly code?: ErrorCode;
};

export type FromLane =
  | { readonly ready: RecognizerFacts }
  | { readonly failed: SentError }
  | { readonly id: number; readonly value: WindowResult[] | Float32Array[] | undefined }
  | { readonly id: number; readonly error: SentError };
