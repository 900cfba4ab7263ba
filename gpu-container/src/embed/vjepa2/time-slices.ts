/** Frames that one token sees: a tubelet is two frames deep. */
export const FRAMES_PER_SLICE = 2;

/** Patches of 16 by 16 pixels of a frame of 256 by 256. */
export const TOKENS_PER_SLICE = 256;

/** What V-JEPA 2 says of a clip: a vector for each patch of each slice of two frames. */
export type VideoTokens = {
  /** Slices of time, half as many as the clip has frames. */
  readonly slices: number;
  /** Patches of a slice, row by row: 256 of a frame of 256 by 256 pixels. */
  readonly tokensPerSlice: number;
  readonly dims: number;
  /** [slices, tokensPerSlice, dims] */
  readonly data: Float32Array;
};

/** The seconds of a slice's first and last frame. */
export type SliceTime = { readonly start: number; readonly end: number };

/** The tokens of one slice, [tokensPerSlice, dims]; they share the memory of the clip's. */
export function tokensOfSlice(tokens: VideoTokens, slice: number): Float32Array {
  const { tokensPerSlice, dims, data } = tokens;
  return data.subarray(slice * tokensPerSlice * dims, (slice + 1) * tokensPerSlice * dims);
}

/**
 * The mean of the tokens of each slice, [slices, dims]. Slices have as many tokens
 * each, so that the mean of these is the mean of all the clip's tokens.
 */
export function poolSlices(tokens: VideoTokens): Float32Array[] {
  return Array.from({ length: tokens.slices }, (_, slice) =>
    meanToken(tokensOfSlice(tokens, slice), tokens.dims),
  );
}

/**
 * Each slice's embedding once for every frame that it sees, so that a clip has as
 * many of them as frames, [frames, dims]; repetitions share memory.
 *
 * @param frames a multiple of the number of slices
 * @throws RangeError for another number
 */
export function repeatSlices(slices: readonly Float32Array[], frames: number): Float32Array[] {
  const times = frames / slices.length;
  if (!Number.isInteger(times) || times < 1) {
    throw new RangeError(`${slices.length} slices cannot be repeated to ${frames} frames`);
  }
  return slices.flatMap((slice) => Array<Float32Array>(times).fill(slice));
}

/**
 * When each slice is, from the seconds of the clip's frames.
 *
 * @throws RangeError for an odd number of frames
 */
export function sliceTimes(frameTimes: readonly number[]): SliceTime[] {
  assertWholeSlices(frameTimes.length);
  return Array.from({ length: frameTimes.length / FRAMES_PER_SLICE }, (_, slice) => ({
    start: frameTimes[slice * FRAMES_PER_SLICE]!,
    end: frameTimes[(slice + 1) * FRAMES_PER_SLICE - 1]!,
  }));
}

/** What belongs to the frames of a clip, that of the last once more where they are odd in number. */
export function toWholeSlices<T>(frames: readonly T[]): readonly T[] {
  const last = frames.slice(-1);
  return frames.length % FRAMES_PER_SLICE === 0 ? frames : [...frames, ...last];
}

/** @throws RangeError for a number of frames that is not a whole number of slices */
export function assertWholeSlices(frames: number): void {
  if (!Number.isInteger(frames / FRAMES_PER_SLICE) || frames < FRAMES_PER_SLICE) {
    throw new RangeError(`V-JEPA 2 takes frames in twos, not ${frames} of them`);
  }
}

/** Summed in double precision, as there are hundreds of tokens. */
function meanToken(tokens: Float32Array, dims: number): Float32Array {
  const sums = new Float64Array(dims);
  for (let at = 0; at < tokens.length; at += dims) {
    for (let dim = 0; dim < dims; dim++) {
      sums[dim]! += tokens[at + dim]!;
    }
  }
  const count = tokens.length / dims;
  return Float32Array.from(sums, (sum) => sum / count);
}
