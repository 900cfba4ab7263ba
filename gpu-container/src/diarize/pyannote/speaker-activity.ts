import { chunkCount, firstFrameOf } from './chunk-frames.ts';
import { activeSpeakers, LOCAL_SPEAKERS } from './powerset.ts';
import { roundHalfToEven } from './round-half-to-even.ts';

/** What is known of a chunk: its frames, and which of all speakers each of its own is, if any. */
export type HeardChunk = {
  readonly chunk: number;
  /** Per frame a bit for each speaker of the chunk. */
  readonly activity: Uint8Array;
  /** By the chunk's speakers; undefined where one could not be told. */
  readonly speakers: readonly (number | undefined)[];
};

/** Who speaks in each frame of a recording: [speakers][frames], 1 where they do. */
export type SpeakerActivity = readonly Uint8Array[];

/**
 * Puts the chunks together as pyannote.audio does: how many people speak in a
 * frame is the mean over the chunks that see it, rounded (halves to the even
 * number); who they are is whoever most of those chunks hear there. The network
 * needs no warm-up, so that chunks count to their edges. A frame has at most as
 * many speakers as anybody hears in it.
 *
 * @param heard chunks with speech; in the others there is silence
 * @param sampleCount length of the recording
 */
export function speakerActivity(
  heard: readonly HeardChunk[],
  speakerCount: number,
  sampleCount: number,
): SpeakerActivity {
  const framesPerChunk = heard[0]?.activity.length ?? 0;
  const chunks = chunkCount(sampleCount);
  const frames = chunks === 0 ? 0 : firstFrameOf(chunks - 1) + framesPerChunk;
  const witnesses = new Uint8Array(frames);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const start = firstFrameOf(chunk);
    for (let frame = start; frame < start + framesPerChunk; frame++) {
      witnesses[frame]! += 1;
    }
  }

  const voices = new Uint8Array(frames);
  const votes = Array.from({ length: speakerCount }, () => new Uint8Array(frames));
  for (const { chunk, activity, speakers } of heard) {
    const start = firstFrameOf(chunk);
    const bitsOf = votes.map((_, speaker) => localBits(speakers, speaker));
    for (const [offset, bits] of activity.entries()) {
      if (bits !== 0) {
        voices[start + offset]! += activeSpeakers(bits);
        for (const [speaker, own] of bitsOf.entries()) {
          votes[speaker]![start + offset]! += Number((bits & own) !== 0);
        }
      }
    }
  }

  const active = votes.map(() => new Uint8Array(frames));
  for (let frame = 0; frame < frames; frame++) {
    if (voices[frame] !== 0) {
      const count = roundHalfToEven(voices[frame]! / witnesses[frame]!);
      for (const speaker of mostHeard(votes, frame, count)) {
        active[speaker]![frame] = 1;
      }
    }
  }
  return active;
}

/** The bits of those speakers of a chunk who are this one. */
function localBits(speakers: readonly (number | undefined)[], speaker: number): number {
  let bits = 0;
  for (let local = 0; local < LOCAL_SPEAKERS; local++) {
    bits |= speakers[local] === speaker ? 1 << local : 0;
  }
  return bits;
}

/** The speakers with the most votes in a frame, at most that many; the first of equals. */
function mostHeard(votes: readonly Uint8Array[], frame: number, count: number): number[] {
  return [...votes.keys()]
    .filter((speaker) => votes[speaker]![frame]! > 0)
    .sort((a, b) => votes[b]![frame]! - votes[a]![frame]! || a - b)
    .slice(0, count);
}
