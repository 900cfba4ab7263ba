import type { Segment } from '#contracts/transcript.ts';

/** What a reader is told of who speaks: the speaker or, where nobody told them apart, the channel. */
export function voiceLabel({ speaker, channel }: Segment): string | undefined {
  return speaker ?? channelLabel(channel);
}

/** A channel as people count them, from 1. */
export function channelLabel(channel: number | undefined): string | undefined {
  return channel === undefined ? undefined : `Channel ${channel + 1}`;
}
