import type { AudioWindow, RecognizeOptions, SpeechRecognizer } from '../recognizer.ts';

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
