import { SAMPLE_RATE } from '../../decode/pcm.ts';
import { MAX_STRETCH_SECONDS, type Stretch } from '../stretch-embedder.ts';
import { FRAME_SPAN_SAMPLES, FRAME_STEP_SAMPLES, frameCount } from './xvector-graph.ts';

/** Audio that goes through the network in one run, and what is embedded of it. */
export type StretchChunk = {
  readonly startSample: number;
  readonly sampleCount: number;
  readonly frames: number;
  readonly stretches: readonly ChunkStretch[];
};

/** The frames [fromFrame, toFrame) of the chunk. */
export type ChunkStretch = {
  /** Of the stretch, in the list that was planned for. */
  readonly index: number;
  readonly fromFrame: number;
  readonly toFrame: number;
};

/** As pyannote.audio embeds speakers: long enough that the normalisation over time hears more than one word. */
const CHUNK_SECONDS = 10;
const CHUNK_SAMPLES = CHUNK_SECONDS * SAMPLE_RATE;

/** Frames say where they are by their middle, which none has nearer to an end than this. */
const MARGIN_SAMPLES = Math.floor(FRAME_SPAN_SAMPLES / 2);

/** A quarter of a second; statistics of fewer frames say nothing of a voice. */
const MIN_FRAMES = 15;

/**
 * Lays chunks over a recording so that each stretch is in one of them whole. A
 * stretch too short to be embedded is in none.
 *
 * @param stretches by their start
 * @throws RangeError where a stretch is longer than {@link MAX_STRETCH_SECONDS}
 */
export function planChunks(
  stretches: readonly Stretch[],
  totalSamples: number,
): readonly StretchChunk[] {
  const chunks: StretchChunk[] = [];
  let next = 0;
  while (next < stretches.length) {
    const first = stretches[next]!;
    const startSample = Math.max(
      0,
      Math.min(
        Math.floor(first.start * SAMPLE_RATE) - MARGIN_SAMPLES,
        totalSamples - CHUNK_SAMPLES,
      ),
    );
    const sampleCount = Math.min(CHUNK_SAMPLES, totalSamples - startSample);
    const end = (startSample + sampleCount) / SAMPLE_RATE;
    const from = next;
    while (
      next < stretches.length &&
      (next === from || fits(stretches[next]!, end, totalSamples))
    ) {
      next++;
    }
    const frames = frameCount(sampleCount);
    const members = stretches
      .slice(from, next)
      .map((stretch, offset) => framesOf(stretch, from + offset, startSample, frames))
      .filter(({ fromFrame, toFrame }) => toFrame - fromFrame >= MIN_FRAMES);
    if (members.length > 0) {
      chunks.push({ startSample, sampleCount, frames, stretches: members });
    }
  }
  return chunks;
}

/** The end of a recording has no margin. */
function fits(stretch: Stretch, chunkEnd: number, totalSamples: number): boolean {
  const isAtEnd = chunkEnd * SAMPLE_RATE >= totalSamples;
  return stretch.end + (isAtEnd ? 0 : MARGIN_SAMPLES / SAMPLE_RATE) <= chunkEnd;
}

function framesOf(
  { start, end }: Stretch,
  index: number,
  startSample: number,
  frames: number,
): ChunkStretch {
  if (end - start > MAX_STRETCH_SECONDS) {
    throw new RangeError(`A stretch of ${end - start} s is too long to be embedded`);
  }
  // The first frame whose middle is not before a time.
  const frameAt = (seconds: number) =>
    Math.max(
      0,
      Math.min(
        frames,
        Math.ceil((seconds * SAMPLE_RATE - startSample - MARGIN_SAMPLES) / FRAME_STEP_SAMPLES),
      ),
    );
  return { index, fromFrame: frameAt(start), toFrame: frameAt(end) };
}
