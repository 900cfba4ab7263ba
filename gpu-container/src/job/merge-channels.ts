import { type Segment, type Transcript, type Warning, warning } from '#contracts/transcript.ts';
import type { Span } from '../vad/pack-speech.ts';
import type { TranscriptionState } from './checkpoint.ts';
import type { ChannelTranscription } from './transcribe-channels.ts';

/** What a recording says, whatever the number of its channels. */
export type MergedTranscription = {
  language: Transcript['language'];
  /** Of each channel, where they were transcribed separately. */
  channels?: NonNullable<Transcript['channels']>;
  segments: Omit<Segment, 'id'>[];
  warnings: Warning[];
  /** Seconds in which there is speech on any channel. */
  speechSeconds: number;
};

/**
 * Makes one transcription of those of the channels: segments in the order in
 * which they begin, each with its channel. The language is that of the channel
 * with the most text.
 *
 * @param parts each channel, or the mix alone
 * @param identical channels that were left out because they sound as another does
 */
export function mergeChannels(
  parts: readonly ChannelTranscription[],
  identical: readonly { channel: number; sameAs: number }[] = [],
): MergedTranscription {
  const segments = parts
    .flatMap(({ channel, state }) => state.segments.map((segment) => withChannel(segment, channel)))
    .toSorted((one, other) => one.start - other.start);
  const wordiest = parts.reduce<ChannelTranscription | undefined>(
    (most, part) => (most && textLength(most) >= textLength(part) ? most : part),
    undefined,
  );
  const channels = channelFacts(parts, identical);
  return {
    language: languageOf(wordiest?.state),
    ...(channels.length > 0 && { channels }),
    segments,
    warnings: [
      ...identical.map(({ channel }) => warning('CHANNELS_IDENTICAL', { channel })),
      ...mergeWarnings(parts, segments.length === 0),
    ],
    speechSeconds: unionSeconds(parts.flatMap(({ speech }) => speech)),
  };
}

/** That one channel has no speech stands in its facts; a warning it is only where none has. */
function mergeWarnings(parts: readonly ChannelTranscription[], isEmpty: boolean): Warning[] {
  const warnings = parts.flatMap(({ channel, state }) =>
    state.warnings
      .filter(({ code }) => code !== 'NO_SPEECH')
      .map((one) => withChannel(one, channel)),
  );
  return isEmpty && warnings.length === 0 ? [warning('NO_SPEECH')] : warnings;
}

function channelFacts(
  parts: readonly ChannelTranscription[],
  identical: readonly { channel: number; sameAs: number }[],
): NonNullable<Transcript['channels']> {
  const heard = parts.flatMap(({ channel, state, speech }) =>
    channel === undefined
      ? []
      : [{ channel, language: languageOf(state), speechSeconds: unionSeconds(speech) }],
  );
  const alike = identical.flatMap(({ channel, sameAs }) =>
    heard
      .filter((other) => other.channel === sameAs)
      .map((other) => ({ ...other, channel, sameAs })),
  );
  return [...heard, ...alike].toSorted((one, other) => one.channel - other.channel);
}

/** Where nothing was said the language that a detector heard means nothing. */
function languageOf(state: TranscriptionState | undefined): Transcript['language'] {
  const language = state?.segments.length ? state.language : null;
  return { code: language?.code ?? null, probability: language?.probability ?? null };
}

function textLength({ state }: ChannelTranscription): number {
  return state.segments.reduce((sum, { text }) => sum + text.length, 0);
}

function withChannel<T extends { channel?: number | undefined }>(
  one: T,
  channel: number | undefined,
): T {
  return channel === undefined ? one : { ...one, channel };
}

/** Seconds that at least one of the stretches covers. */
function unionSeconds(stretches: readonly Span[]): number {
  let seconds = 0;
  let coveredUntil = 0;
  for (const { start, end } of stretches.toSorted((one, other) => one.start - other.start)) {
    seconds += Math.max(0, end - Math.max(start, coveredUntil));
    coveredUntil = Math.max(coveredUntil, end);
  }
  return seconds;
}
