import type { Diarization } from '../diarizer.ts';
import type { Timeline } from './timeline.ts';

/** A diarization that knows whose each channel is. */
export type ChannelDiarization = Diarization & {
  /** Index of the speaker of a channel. */
  readonly speakerOfChannel: ReadonlyMap<number, number>;
};

/**
 * Takes each channel of the audio for one speaker, whose turns are the speech on
 * it. Nothing is estimated, so the confidence is 1.
 *
 * @param channels each with its speech, in order and disjoint, in seconds
 */
export function speakersOfChannels(
  channels: readonly { readonly channel: number; readonly speech: Timeline }[],
): ChannelDiarization {
  const ordered = channels.toSorted((one, other) => one.channel - other.channel);
  return {
    turns: ordered
      .flatMap(({ speech }, speaker) => speech.map(({ start, end }) => ({ start, end, speaker })))
      .toSorted((one, other) => one.start - other.start),
    speakers: ordered.map(() => ({ confidence: 1 })),
    speakerOfChannel: new Map(ordered.map(({ channel }, speaker) => [channel, speaker])),
  };
}
