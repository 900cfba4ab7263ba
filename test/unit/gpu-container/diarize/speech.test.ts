import { describe, expect, it } from '@jest/globals';
import { diarizationSpeech } from '../../../../gpu-container/src/diarize/speech.ts';

const FRAME_SECONDS = 0.032;
const PADDING_SECONDS = 0.05;

/** Frames of each probability, one run after another. */
function probabilities(...runs: readonly (readonly [probability: number, frames: number])[]) {
  return Float32Array.from(
    runs.flatMap(([probability, frames]) => new Array<number>(frames).fill(probability)),
  );
}

function speech(frames: Float32Array) {
  return diarizationSpeech(frames, frames.length * FRAME_SECONDS).map(({ start, end }) => [
    start,
    end,
  ]);
}

const padded = (fromFrame: number, toFrame: number) => [
  expect.closeTo(fromFrame * FRAME_SECONDS - PADDING_SECONDS, 5),
  expect.closeTo(toFrame * FRAME_SECONDS + PADDING_SECONDS, 5),
];

describe('speech for telling speakers apart', () => {
  it('keeps short remarks, but no clicks', () => {
    const frames = probabilities([0, 20], [0.9, 4], [0, 20], [0.9, 3], [0, 20]);
    expect(speech(frames)).toEqual([padded(20, 24)]);
  });

  it('ends at a pause of a fifth of a second, and not at a shorter one', () => {
    const ends = probabilities([0, 20], [0.9, 20], [0, 8], [0.9, 20], [0, 20]);
    expect(speech(ends)).toEqual([padded(20, 40), padded(48, 68)]);
    const goesOn = probabilities([0, 20], [0.9, 20], [0, 6], [0.9, 20], [0, 20]);
    expect(speech(goesOn)).toEqual([padded(20, 66)]);
  });

  it('is not cut however long it is', () => {
    const frames = probabilities([0, 20], [0.9, 4_000], [0, 20]);
    expect(speech(frames)).toEqual([padded(20, 4_020)]);
  });

  it('is nothing in silence', () => {
    expect(speech(probabilities([0.1, 500]))).toEqual([]);
    expect(speech(new Float32Array())).toEqual([]);
  });
});
