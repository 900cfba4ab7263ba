import type { PcmReader } from '../decode/pcm.ts';
import { FRAME_SAMPLES, type SpeechDetector } from './silero.ts';
import { type SpeechRegion, type SpeechRegionOptions, speechRegions } from './speech-regions.ts';

const BLOCK_SAMPLES = 1024 * FRAME_SAMPLES;

export type DetectionRun = {
  signal?: AbortSignal;
  /** Told the seconds of audio judged so far. */
  onProgress?: (secondsDone: number) => void;
};

/**
 * How probable speech is, frame by frame. Audio is read block by block; what
 * grows with the recording is one number per 32 ms.
 *
 * @returns one probability per frame
 * @throws The signal's reason, where it was aborted.
 */
export async function speechProbabilities(
  pcm: PcmReader,
  detector: SpeechDetector,
  { signal, onProgress }: DetectionRun = {},
): Promise<Float32Array> {
  const probabilitiesOf = detector.stream();
  const probabilities = new Float32Array(Math.ceil(pcm.sampleCount / FRAME_SAMPLES));

  for (let start = 0; start < pcm.sampleCount; start += BLOCK_SAMPLES) {
    signal?.throwIfAborted();
    const block = await pcm.read(start, Math.min(BLOCK_SAMPLES, pcm.sampleCount - start));
    probabilities.set(await probabilitiesOf(block), start / FRAME_SAMPLES);
    onProgress?.((start + block.length) / pcm.sampleRate);
  }
  return probabilities;
}

/**
 * Finds the speech of a recording.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function detectSpeech(
  pcm: PcmReader,
  detector: SpeechDetector,
  options: SpeechRegionOptions = {},
  run: DetectionRun = {},
): Promise<SpeechRegion[]> {
  const probabilities = await speechProbabilities(pcm, detector, run);
  return speechRegions(probabilities, pcm.sampleCount / pcm.sampleRate, options);
}
