import type { WindowResult } from '../../../../gpu-container/src/transcribe/recognizer.ts';

/** A window of which one word was heard, at a second of it, and all of it settled. */
export function sampleResult(changes: Partial<WindowResult> = {}): WindowResult {
  return {
    segments: [{ start: 1, end: 2, text: 'heard' }],
    tokens: [1, 2, 3],
    settledTokens: [1, 2],
    settledSamples: 0,
    avgLogprob: -0.2,
    noSpeechProb: 0.01,
    compressionRatio: 1.3,
    temperature: 0,
    ...changes,
  };
}
