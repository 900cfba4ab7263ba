import { type ResamplingTaps, resamplingTaps } from './resampling-taps.ts';

type Line = Parameters<typeof resamplingTaps>;

/** Two lines a size: that is four sizes of video at a time. A line of 1080p brought to 224 is 20 kB. */
const MOST_LINES = 8;

/** The last used comes last. */
const held: { readonly line: Line; readonly taps: ResamplingTaps }[] = [];

/**
 * What {@link resamplingTaps} returns, of the lines asked for last without computing
 * it again: the frames of a video, and the videos of a camera, are of one size.
 */
export function heldTaps(...line: Line): ResamplingTaps {
  const place = held.findIndex((entry) => entry.line.every((part, at) => part === line[at]));
  const [entry = { line, taps: resamplingTaps(...line) }] = place < 0 ? [] : held.splice(place, 1);
  held.push(entry);
  if (held.length > MOST_LINES) {
    held.shift();
  }
  return entry.taps;
}
