import { decodeChannels } from '../decode/decode-audio.ts';
import { mixedPcm } from '../decode/mixed-pcm.ts';
import type { PcmReader } from '../decode/pcm.ts';
import { requireAudio } from '../decode/probe.ts';
import { diarizationSpeech } from '../diarize/speech.ts';
import { speechProbabilities } from '../vad/detect-speech.ts';
import type { SpeechDetector } from '../vad/silero.ts';
import type { SpeechRegion } from '../vad/speech-regions.ts';
import { decodeOptions } from './decode-recording.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import type { Transcription } from './run-transcription.ts';

/** Audio, and how probable speech is in it, frame by frame, where that is known already. */
export type HeardAudio = { pcm: PcmReader; probabilities?: Float32Array | undefined };

type Heard = Pick<Transcription, 'recording' | 'channels'>;

/** The mix of a recording, whether it was transcribed as one or channel by channel. */
export function heardMix({ recording, channels }: Heard): HeardAudio {
  const [only, ...others] = recording.channels;
  if (only !== undefined && others.length === 0) {
    return { pcm: only.pcm, probabilities: channels[0]?.probabilities };
  }
  return {
    pcm: mixedPcm(recording.channels.map(({ pcm }) => pcm)),
    probabilities: loudest(channels.map(({ probabilities }) => probabilities)),
  };
}

/** Somebody speaks in the mix where somebody does on any channel. */
function loudest(ofChannels: readonly (Float32Array | undefined)[]): Float32Array | undefined {
  const known = ofChannels.filter((probabilities) => probabilities !== undefined);
  if (known.length < ofChannels.length) {
    return undefined;
  }
  const frames = Math.max(0, ...known.map(({ length }) => length));
  return Float32Array.from({ length: frames }, (_, frame) =>
    Math.max(...known.map((probabilities) => probabilities[frame] ?? 0)),
  );
}

/**
 * Where somebody speaks, on each channel of the audio; of channels that sound
 * the same, on the first. Where the mix was transcribed, the channels are
 * decoded for it.
 *
 * @throws ReelscribeError what decoding throws
 * @throws The signal's reason, where it was aborted.
 */
export async function speechOfChannels(
  { recording, channels }: Heard,
  { path, facts }: Pick<Media, 'path' | 'facts'>,
  detector: SpeechDetector,
  context: JobContext,
): Promise<{ channel: number; speech: SpeechRegion[] }[]> {
  const isMixOfSeveral =
    requireAudio(facts).channels > 1 &&
    recording.channels.every(({ channel }) => channel === undefined);
  await using decoded = isMixOfSeveral
    ? await decodeChannels(path, facts, decodeOptions(context))
    : undefined;
  const result: { channel: number; speech: SpeechRegion[] }[] = [];
  for (const [index, { channel = 0, pcm }] of (decoded ?? recording).channels.entries()) {
    const probabilities = decoded ? undefined : channels[index]?.probabilities;
    const speech = await speechOf({ pcm, probabilities }, detector, context);
    result.push({ channel, speech });
  }
  return result;
}

/**
 * Where anybody speaks, to the edges of what is said.
 *
 * @throws The signal's reason, where it was aborted.
 */
export async function speechOf(
  { pcm, probabilities }: HeardAudio,
  detector: SpeechDetector,
  { signal }: { signal: AbortSignal },
): Promise<SpeechRegion[]> {
  return diarizationSpeech(
    probabilities ?? (await speechProbabilities(pcm, detector, { signal })),
    pcm.sampleCount / pcm.sampleRate,
  );
}
