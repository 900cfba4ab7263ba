import { medianFilter } from './median-filter.ts';

/** Frames over which openai/whisper smooths. */
const MEDIAN_WIDTH = 7;

/** Where the tokens of one decoder pass listened, by the heads that follow the speech. */
export type CrossAttention = {
  /** Weights of one head each, [positions, frames], row by row; a row adds up to 1. */
  readonly heads: readonly Float32Array[];
  readonly positions: number;
  readonly frames: number;
};

/** The part of a pass to score. */
export type ScoredPart = {
  /** Frames that hold audio; the padding after them is left out. */
  readonly frames: number;
  /** Positions [from, to). */
  readonly from: number;
  readonly to: number;
};

/**
 * How much more than other positions a position listens to a frame: weights made
 * to add up to 1 over the frames that hold audio, standardised over the
 * positions, smoothed over time and averaged over the heads (as openai/whisper's
 * timing.py).
 *
 * @returns [to − from, frames], row by row
 */
export function attentionScores(
  attention: CrossAttention,
  { frames, from, to }: ScoredPart,
): Float32Array {
  const scores = new Float32Array((to - from) * frames);
  for (const head of attention.heads) {
    const standardised = standardise(audioWeights(head, attention, frames), frames);
    for (let position = from; position < to; position++) {
      const row = standardised.subarray(position * frames, (position + 1) * frames);
      const smooth = medianFilter(row, MEDIAN_WIDTH);
      const start = (position - from) * frames;
      for (let frame = 0; frame < frames; frame++) {
        scores[start + frame]! += smooth[frame]! / attention.heads.length;
      }
    }
  }
  return scores;
}

/** Weights of the first frames alone, each row adding up to 1. */
function audioWeights(
  head: Float32Array,
  { positions, frames: allFrames }: CrossAttention,
  frames: number,
): Float32Array {
  const weights = new Float32Array(positions * frames);
  for (let position = 0; position < positions; position++) {
    const row = head.subarray(position * allFrames, position * allFrames + frames);
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (let frame = 0; frame < frames; frame++) {
      weights[position * frames + frame] = total === 0 ? 0 : row[frame]! / total;
    }
  }
  return weights;
}

/** Zero mean and unit variance in each frame over all positions, in place. */
function standardise(weights: Float32Array, frames: number): Float32Array {
  const positions = weights.length / frames;
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let at = frame; at < weights.length; at += frames) {
      sum += weights[at]!;
    }
    const mean = sum / positions;
    let squares = 0;
    for (let at = frame; at < weights.length; at += frames) {
      squares += (weights[at]! - mean) ** 2;
    }
    const deviation = Math.sqrt(squares / positions);
    for (let at = frame; at < weights.length; at += frames) {
      weights[at] = deviation === 0 ? 0 : (weights[at]! - mean) / deviation;
    }
  }
  return weights;
}
