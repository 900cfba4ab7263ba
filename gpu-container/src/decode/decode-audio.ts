import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ReelscribeError } from '#contracts/errors.ts';
import { findIdenticalChannels } from './identical-channels.ts';
import { SAMPLE_RATE } from './pcm.ts';
import { openPcmFile, type PcmFile } from './pcm-file.ts';
import { type AudioStream, type MediaFacts, mediaTooLong, requireAudio } from './probe.ts';
import { type DecodeOptions, type DecodePlan, runDecoder } from './run-decoder.ts';

/** Encoders pad the last packet, and containers round; a loss is more than both. */
const MISSING_TOLERANCE_SECONDS = 1;

/** Each takes its own pass of every model and its own file: more is a mistake, or music in the making. */
const MAX_SEPARATE_CHANNELS = 8;

/** At 16 kHz, with gaps and a late start filled up: see {@link decodeAudio}. */
const RESAMPLE = `aresample=${SAMPLE_RATE}:async=1:first_pts=0`;

type Decoded = {
  durationSeconds: number;
  /** True where a part of the media could not be decoded. What could is here, at its own time. */
  partial: boolean;
};

export type DecodedAudio = Decoded & { pcm: PcmFile };

/** The channels of a recording; disposing of it deletes their files. */
export type DecodedChannels = Decoded &
  AsyncDisposable & {
    /** Those that differ from every channel before them, in order. */
    channels: { channel: number; pcm: PcmFile }[];
    /** Those that sound as an earlier one does; their samples are not kept. */
    identical: { channel: number; sameAs: number }[];
  };

/**
 * Decodes the audio of a local file to 16 kHz mono, the mix of its channels,
 * into a scratch file, so that memory stays constant however long the media is.
 *
 * The sample at index n is what is heard n / 16000 seconds into the media: gaps
 * that damage leaves, and a late start of the audio, become silence (`aresample`
 * with `async=1:first_pts=0`). Without that, every word after a gap would be
 * early.
 *
 * @throws {ReelscribeError} NO_AUDIO_STREAM, MEDIA_CORRUPT (nothing could be
 *   decoded), MEDIA_TOO_LONG, DECODE_TIMEOUT, FFMPEG_NOT_FOUND.
 * @throws The signal's reason, where it was aborted.
 */
export async function decodeAudio(
  path: string,
  facts: MediaFacts,
  options: DecodeOptions,
): Promise<DecodedAudio> {
  const stream = requireAudio(facts);
  const plan: DecodePlan = {
    filterArgs: ['-af', RESAMPLE],
    outputs: [
      { path: join(options.scratchDir, 'audio.f32'), mapArgs: ['-map', `0:${stream.index}`] },
    ],
  };
  const { files, ...decoded } = await decodeTo(plan, path, stream, facts, options);
  return { ...decoded, pcm: files[0]! };
}

/**
 * Decodes every channel of the audio by itself, in one pass over the input, as
 * {@link decodeAudio} decodes their mix. Channels are numbered from 0 in the
 * order of the stream, whatever its layout says that they are for. One that the
 * stream stops having is silent from there on.
 *
 * @throws {ReelscribeError} What decodeAudio throws, and NOT_AVAILABLE for more
 *   than 8 channels.
 * @throws The signal's reason, where it was aborted.
 */
export async function decodeChannels(
  path: string,
  facts: MediaFacts,
  options: DecodeOptions,
): Promise<DecodedChannels> {
  const stream = requireAudio(facts);
  const plan = separationPlan(stream, options.scratchDir);
  const { files, ...decoded } = await decodeTo(plan, path, stream, facts, options);
  await using kept = new AsyncDisposableStack();
  for (const file of files) {
    kept.use(file);
  }
  const sameAs = await findIdenticalChannels(files, options.signal);
  await Promise.all([...sameAs.keys()].map((channel) => files[channel]?.[Symbol.asyncDispose]()));
  const held = kept.move();
  return {
    ...decoded,
    channels: [...files.entries()]
      .filter(([channel]) => !sameAs.has(channel))
      .map(([channel, pcm]) => ({ channel, pcm })),
    identical: [...sameAs].map(([channel, earlier]) => ({ channel, sameAs: earlier })),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/**
 * `pan` takes channels by number, so that no layout has to be known; a filter
 * that names them (`channelsplit`) fails on a file that does not say.
 */
function separationPlan({ index, channels }: AudioStream, scratchDir: string): DecodePlan {
  if (channels > MAX_SEPARATE_CHANNELS) {
    throw new ReelscribeError(
      'NOT_AVAILABLE',
      `the audio has ${channels} channels, of which at most ${MAX_SEPARATE_CHANNELS} can be transcribed separately`,
      { hint: 'Ask for `channels: "mix"`, or split the recording into files of fewer channels.' },
    );
  }
  // A demuxer that cannot tell has at least the one.
  const numbers = Array.from({ length: Math.max(1, channels) }, (_, channel) => channel);
  const copies = numbers.map((channel) => `[copy${channel}]`).join('');
  const graph = [
    `[0:${index}]${RESAMPLE},asplit=${numbers.length}${copies}`,
    ...numbers.map((channel) => `[copy${channel}]pan=mono|c0=c${channel}[channel${channel}]`),
  ].join(';');
  return {
    filterArgs: ['-filter_complex', graph],
    outputs: numbers.map((channel) => ({
      path: join(scratchDir, `channel-${channel}.f32`),
      mapArgs: ['-map', `[channel${channel}]`],
    })),
  };
}

/** Runs the decoder and opens what it wrote; leaves no file behind where it throws. */
async function decodeTo(
  plan: DecodePlan,
  path: string,
  stream: AudioStream,
  facts: MediaFacts,
  options: DecodeOptions,
): Promise<Decoded & { files: PcmFile[] }> {
  try {
    const isDamaged = await runDecoder(path, plan, facts, options);
    await using opened = new AsyncDisposableStack();
    const files: PcmFile[] = [];
    for (const output of plan.outputs) {
      files.push(opened.use(await openPcmFile(output.path)));
    }
    const durationSeconds = Math.max(...files.map((pcm) => pcm.sampleCount)) / SAMPLE_RATE;
    if (durationSeconds === 0) {
      throw new ReelscribeError('MEDIA_CORRUPT', 'no audio could be decoded');
    }
    if (durationSeconds > options.maxSeconds) {
      throw mediaTooLong(durationSeconds, options.maxSeconds);
    }
    const announced = facts.durationIsEstimate ? null : stream.durationSeconds;
    const isShort = announced !== null && durationSeconds + MISSING_TOLERANCE_SECONDS < announced;
    opened.move();
    return { files, durationSeconds, partial: isDamaged || isShort };
  } catch (error) {
    await Promise.all(plan.outputs.map((output) => rm(output.path, { force: true })));
    throw error;
  }
}
