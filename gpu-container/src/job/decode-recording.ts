import type { WorkerEnvironment } from '#contracts/environment.ts';
import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type DecodedChannels, decodeAudio, decodeChannels } from '../decode/decode-audio.ts';
import type { DecodeOptions } from '../decode/run-decoder.ts';
import type { Media } from './get-media.ts';
import type { JobContext } from './job-context.ts';
import type { ChannelAudio } from './transcribe-channels.ts';

/** The audio of a job: channel by channel, or the mix of all as the only one. Disposing of it deletes its files. */
export type Recording = Omit<DecodedChannels, 'channels'> & { channels: ChannelAudio[] };

/** What decoding needs to know of a job. */
export type DecodeContext = Pick<
  JobContext,
  'tools' | 'scratchDir' | 'signal' | 'timer' | 'report'
> & { deps: { environment: Pick<WorkerEnvironment, 'MAX_MEDIA_SECONDS'> } };

/**
 * Decodes the audio as the transcription wants it.
 *
 * @throws ReelscribeError what decoding throws
 * @throws The signal's reason, where it was aborted.
 */
export async function decodeRecording(
  { channels }: Pick<TranscriptionTask, 'channels'>,
  { path, facts }: Pick<Media, 'path' | 'facts'>,
  context: DecodeContext,
): Promise<Recording> {
  const { timer, report } = context;
  const total = facts.durationSeconds;
  const options = {
    ...decodeOptions(context),
    onProgress: (seconds: number) => report('decode', total ? seconds / total : 0, seconds),
  };
  report('decode', 0, 0);
  return timer.time('decode', async () => {
    if (channels === 'separate') {
      return decodeChannels(path, facts, options);
    }
    const { pcm, ...audio } = await decodeAudio(path, facts, options);
    return {
      ...audio,
      channels: [{ pcm }],
      identical: [],
      [Symbol.asyncDispose]: () => pcm[Symbol.asyncDispose](),
    };
  });
}

/** The same as the decoder takes it. */
export function decodeOptions({
  deps,
  tools,
  scratchDir,
  signal,
}: Omit<DecodeContext, 'timer' | 'report'>): DecodeOptions {
  return {
    ffmpeg: tools.ffmpeg,
    scratchDir,
    maxSeconds: deps.environment.MAX_MEDIA_SECONDS,
    signal,
  };
}
