import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { toFailure } from '#contracts/errors.ts';
import type { KnownVoice } from '#contracts/tasks/diarization.ts';
import { type Warning, warning } from '#contracts/transcript.ts';
import { decodeAudio } from '../decode/decode-audio.ts';
import type { MediaTools } from '../decode/ffmpeg-binary.ts';
import type { PcmReader } from '../decode/pcm.ts';
import { probeMedia } from '../decode/probe.ts';
import { type FetchDeps, fetchMedia } from '../fetch/fetch-media.ts';
import type { Logger } from '../log/logger.ts';
import { speechProbabilities } from '../vad/detect-speech.ts';
import type { SpeechDetector } from '../vad/silero.ts';
import { concatenate } from '../vector/concatenate.ts';
import type { KnownVoiceEmbedding } from './assign/match-voices.ts';
import type { VoiceMatching } from './diarizer.ts';
import { diarizationSpeech } from './speech.ts';

const MAX_CLIP_BYTES = 50 * 1024 * 1024;

/** More of a clip than this is not listened to. */
const HEARD_CLIP_SECONDS = 60;

/** From less, a voice cannot be told from similar ones. */
const MIN_SPEECH_SECONDS = 2;

const CONCURRENT_CLIPS = 4;

export type KnownVoicesOptions = {
  sources: FetchDeps;
  tools: MediaTools;
  /** An existing folder of the job alone. */
  scratchDir: string;
  detector: SpeechDetector;
  embed: VoiceMatching['embed'];
  signal: AbortSignal;
  log: Pick<Logger, 'warn'>;
};

/**
 * Fetches the clips of known voices, finds the speech in them and embeds it. A
 * clip that cannot be had, read or used becomes a warning.
 *
 * @returns the voices that there are embeddings of, in the order given
 * @throws The signal's reason, where it was aborted.
 */
export async function embedKnownVoices(
  voices: readonly KnownVoice[],
  options: KnownVoicesOptions,
): Promise<{ voices: KnownVoiceEmbedding[]; warnings: Warning[] }> {
  const { signal, log } = options;
  const limit = pLimit(CONCURRENT_CLIPS);
  const found = await Promise.all(
    voices.map(({ name, s3 }) =>
      limit(async (): Promise<KnownVoiceEmbedding | Warning> => {
        try {
          signal.throwIfAborted();
          const embedding = await embedClip(s3, options);
          return embedding === undefined ? tooLittleSpeech(name) : { name, embedding };
        } catch (err) {
          const { code } = toFailure(err);
          log.warn({ err, code }, 'the clip of a known voice could not be used');
          return warning('VOICE_UNREADABLE', { name, cause: code });
        }
      }),
    ),
  );
  // Only now has every clip let go of its files.
  signal.throwIfAborted();
  return {
    voices: found.filter((one) => 'embedding' in one),
    warnings: found.filter((one) => 'code' in one),
  };
}

function tooLittleSpeech(name: string): Warning {
  return {
    ...warning('VOICE_UNREADABLE', { name }),
    message: `The clip of a known voice has less than ${MIN_SPEECH_SECONDS} s of speech; the voice was not looked for.`,
  };
}

/** What the voice in a clip sounds like; undefined where too little is said. */
async function embedClip(
  s3: KnownVoice['s3'],
  { sources, tools, scratchDir, detector, embed, signal }: KnownVoicesOptions,
): Promise<Float32Array | undefined> {
  const clipDir = await mkdtemp(join(scratchDir, 'voice-'));
  try {
    const { path } = await fetchMedia({ s3 }, sources, {
      scratchDir: clipDir,
      maxBytes: MAX_CLIP_BYTES,
      pictures: false,
      signal,
    });
    const limits = { maxSeconds: Number.POSITIVE_INFINITY, signal };
    const facts = await probeMedia(path, { ffprobe: tools.ffprobe, ...limits });
    const { pcm } = await decodeAudio(path, facts, {
      ffmpeg: tools.ffmpeg,
      scratchDir: clipDir,
      firstSeconds: HEARD_CLIP_SECONDS,
      ...limits,
    });
    await using clip = pcm;
    const speech = await speechIn(clip, detector, signal);
    return speech.length < MIN_SPEECH_SECONDS * clip.sampleRate ? undefined : await embed(speech);
  } finally {
    await rm(clipDir, { recursive: true, force: true });
  }
}

/** The samples in which somebody speaks, one stretch after the other. */
async function speechIn(
  pcm: PcmReader,
  detector: SpeechDetector,
  signal: AbortSignal,
): Promise<Float32Array> {
  const probabilities = await speechProbabilities(pcm, detector, { signal });
  const regions = diarizationSpeech(probabilities, pcm.sampleCount / pcm.sampleRate);
  const parts = await Promise.all(
    regions.map(({ start, end }) => {
      const from = Math.round(start * pcm.sampleRate);
      return pcm.read(from, Math.round(end * pcm.sampleRate) - from);
    }),
  );
  return concatenate(parts);
}
