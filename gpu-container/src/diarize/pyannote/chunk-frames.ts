import { SAMPLE_RATE } from '../../decode/pcm.ts';

/** Samples that segmentation-3.0 sees at once: 10 s. */
export const CHUNK_SAMPLES = 10 * SAMPLE_RATE;
/** Samples from one chunk to the next: a tenth of it. */
export const CHUNK_STEP_SAMPLES = CHUNK_SAMPLES / 10;

// Of its convolutions: what a frame sees, and how far the next one is.
const RECEPTIVE_FIELD_SAMPLES = 991;
const FRAME_STEP_SAMPLES = 270;
const FIRST_FRAME_MIDDLE = (RECEPTIVE_FIELD_SAMPLES - 1) / 2;

/**
 * Chunks that cover a recording: one every second while whole ones fit, and one
 * more for what is left.
 */
export function chunkCount(sampleCount: number): number {
  return sampleCount === 0
    ? 0
    : 1 + Math.max(0, Math.ceil((sampleCount - CHUNK_SAMPLES) / CHUNK_STEP_SAMPLES));
}

/** The recording's frame that a chunk's first frame is counted as: the nearest, as frames and chunks keep no common step. */
export function firstFrameOf(chunk: number): number {
  return Math.round((chunk * CHUNK_STEP_SAMPLES) / FRAME_STEP_SAMPLES);
}

/** Where the middle of a frame of the recording is; turns begin and end at middles, as published. */
export function frameMiddleSeconds(frame: number): number {
  return (FIRST_FRAME_MIDDLE + frame * FRAME_STEP_SAMPLES) / SAMPLE_RATE;
}

/** A chunk's samples that are nearer to the middle of this frame than to others' begin here. */
export function frameStartInChunk(frame: number): number {
  return FIRST_FRAME_MIDDLE - FRAME_STEP_SAMPLES / 2 + frame * FRAME_STEP_SAMPLES;
}
