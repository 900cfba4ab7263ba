import type { TranscriptionEngine } from '../../../../gpu-container/src/job/transcribe-media.ts';
import type { WindowResult } from '../../../../gpu-container/src/transcribe/recognizer.ts';
import { FRAME_SAMPLES } from '../../../../gpu-container/src/vad/silero.ts';

/** From this level on somebody speaks German. */
const GERMAN_LEVEL = 0.5;

/**
 * Stands in for the models: what is not silent is speech, and each window says
 * how loud it is at most, in hundredths, in a segment of its whole length.
 */
export function loudnessEngine(): TranscriptionEngine {
  return {
    detector: {
      stream: () => async (block) =>
        Float32Array.from({ length: Math.ceil(block.length / FRAME_SAMPLES) }, (_, frame) =>
          block[frame * FRAME_SAMPLES] === 0 ? 0 : 1,
        ),
      dispose: async () => {},
    },
    recognizer: {
      modelId: 'loudness',
      languages: ['en', 'de'],
      timesWords: false,
      windowSamples: 480_000,
      batchSize: 1,
      recognize: async (windows) => windows.map(({ samples }) => resultOf(samples)),
      languageProbabilities: async (windows) =>
        windows.map(({ samples }) =>
          loudest(samples) < GERMAN_LEVEL ? Float32Array.of(0.9, 0.1) : Float32Array.of(0.1, 0.9),
        ),
      dispose: async () => {},
    },
  };
}

function resultOf(samples: Float32Array): WindowResult {
  return {
    segments: [
      {
        start: 0,
        end: samples.length / 16_000,
        text: `Level ${Math.round(100 * loudest(samples))}.`,
      },
    ],
    tokens: [1, 2, 3],
    settledTokens: [1, 2, 3],
    settledSamples: samples.length,
    avgLogprob: -0.1,
    noSpeechProb: 0,
    compressionRatio: 1,
    temperature: 0,
  };
}

function loudest(samples: Float32Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, sample), 0);
}
