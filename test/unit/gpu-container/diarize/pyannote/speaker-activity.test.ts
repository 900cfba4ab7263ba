import { describe, expect, it } from '@jest/globals';
import {
  type HeardChunk,
  speakerActivity,
} from '../../../../../gpu-container/src/diarize/pyannote/speaker-activity.ts';

const FRAMES = 589;
const FRAMES_PER_STEP = 59;

/** A chunk whose frames all have the same speakers. */
function chunkOf(chunk: number, bits: number, speakers: HeardChunk['speakers']): HeardChunk {
  return { chunk, activity: new Uint8Array(FRAMES).fill(bits), speakers };
}

/** Where each speaker speaks, as a sum and the first frame. */
function summary(activity: readonly Uint8Array[]) {
  return activity.map((frames) => ({
    first: frames.indexOf(1),
    count: frames.reduce((sum, active) => sum + active, 0),
  }));
}

const ONE_CHUNK = 10 * 16_000;
const TWO_CHUNKS = 11 * 16_000;

describe('putting chunks together', () => {
  it('knows the speakers of a lone chunk, two at once among them', () => {
    const [first, second] = speakerActivity([chunkOf(0, 0b011, [1, 0])], 2, ONE_CHUNK);
    expect(summary([first!, second!])).toEqual([
      { first: 0, count: FRAMES },
      { first: 0, count: FRAMES },
    ]);
  });

  it('joins chunks that number the same speaker differently', () => {
    const chunks = [chunkOf(0, 0b001, [0]), chunkOf(1, 0b100, [undefined, undefined, 0])];
    expect(summary(speakerActivity(chunks, 1, TWO_CHUNKS))).toEqual([
      { first: 0, count: FRAMES + FRAMES_PER_STEP },
    ]);
  });

  it('rounds the mean number of speakers, halves to the even one', () => {
    // One of two chunks hears one speaker: half a speaker is none.
    const half = speakerActivity([chunkOf(0, 0b001, [0]), chunkOf(1, 0, [])], 1, TWO_CHUNKS);
    expect(summary(half)).toEqual([{ first: 0, count: FRAMES_PER_STEP }]);
    // One hears two, the other one: one and a half are two.
    const more = [chunkOf(0, 0b011, [0, 1]), chunkOf(1, 0b001, [0])];
    expect(summary(speakerActivity(more, 2, TWO_CHUNKS))[1]).toEqual({ first: 0, count: FRAMES });
  });

  it('takes a chunk that nobody listened to for a silent one', () => {
    const heard = speakerActivity([chunkOf(0, 0b001, [0])], 1, TWO_CHUNKS);
    expect(summary(heard)).toEqual([{ first: 0, count: FRAMES_PER_STEP }]);
  });

  it('believes the majority where chunks disagree', () => {
    const chunks = [chunkOf(0, 1, [0]), chunkOf(1, 1, [1]), chunkOf(2, 1, [1])];
    const [, second] = speakerActivity(chunks, 2, 12 * 16_000);
    // From the third chunk on two of three are for the second.
    expect(second!.subarray(119, FRAMES).every((active) => active === 1)).toBe(true);
  });

  it('leaves those out who could not be told', () => {
    const heard = speakerActivity([chunkOf(0, 0b011, [undefined, 0])], 1, ONE_CHUNK);
    expect(summary(heard)).toEqual([{ first: 0, count: FRAMES }]);
    expect(speakerActivity([chunkOf(0, 0b001, [undefined])], 0, ONE_CHUNK)).toEqual([]);
  });
});
