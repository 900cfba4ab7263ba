import type { Segment, Transcript } from '#contracts/transcript.ts';

/** What a reader is told of who says a segment. */
export type VoiceOf = (segment: Pick<Segment, 'speaker' | 'channel'>) => string | undefined;

/** Tells the voices of a transcript: the speaker, by name where there is one, or else the channel. */
export function voicesOf({ speakers = [] }: Pick<Transcript, 'speakers'>): VoiceOf {
  const names = new Map(speakers.map(({ label, name }) => [label, name]));
  return ({ speaker, channel }) =>
    speaker === undefined ? channelLabel(channel) : (names.get(speaker) ?? speaker);
}

/** A channel as people count them, from 1. */
export function channelLabel(channel: number | undefined): string | undefined {
  return channel === undefined ? undefined : `Channel ${channel + 1}`;
}
