import type { VideoGranularity } from '#contracts/video-embedding-models.ts';
import { sliceTimes, TOKENS_PER_SLICE, toWholeSlices } from '../vjepa2/time-slices.ts';
import type { VideoRows } from './video-embedder.ts';

/**
 * What stands for a video that cannot be decoded: zeros, which are of no direction,
 * of the shape that its rows would have had.
 *
 * @param times of the frames that were to be looked at, in seconds, at least one
 */
export function zeroRows(
  times: readonly number[],
  granularity: VideoGranularity,
  dims: number,
): VideoRows {
  const spans = spansOf(times, granularity);
  const zeros = (length: number) => spans.map(() => new Float32Array(length));
  return {
    rows: zeros(dims),
    spans,
    frameTimes: times,
    ...(granularity === 'token' && { tokens: zeros(TOKENS_PER_SLICE * dims) }),
  };
}

function spansOf(times: readonly number[], granularity: VideoGranularity): VideoRows['spans'] {
  switch (granularity) {
    case 'frame':
      return times.map((time) => ({ start: time, end: time }));
    case 'slice':
    case 'token':
      return sliceTimes(toWholeSlices(times));
    case 'video':
      return [{ start: times[0]!, end: times.at(-1)! }];
  }
}
