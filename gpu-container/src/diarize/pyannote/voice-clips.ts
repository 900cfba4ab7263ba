import { concatenate } from '../../vector/concatenate.ts';
import { frameStartInChunk } from './chunk-frames.ts';
import { LOCAL_SPEAKERS } from './powerset.ts';

/** The speech of one speaker of a chunk. */
export type VoiceClip = { readonly speaker: number; readonly samples: Float32Array };

/**
 * What each speaker of a chunk says, in one piece: where nobody else speaks, or,
 * where that is shorter than an embedder needs, wherever they speak.
 *
 * The published pipeline shows the network the whole chunk and weighs its frames
 * by these masks when it pools them; the public ONNX exports take no weights, so
 * that what is masked out is cut out here.
 *
 * @param chunk samples of the chunk
 * @param activity per frame a bit for each speaker
 */
export function voiceClips(
  chunk: Float32Array,
  activity: Uint8Array,
  minSamples: number,
): VoiceClip[] {
  return Array.from({ length: LOCAL_SPEAKERS }, (_, speaker) => {
    const bit = 1 << speaker;
    const alone = samplesOf(chunk, activity, (bits) => bits === bit);
    const samples =
      alone.length >= minSamples ? alone : samplesOf(chunk, activity, (bits) => (bits & bit) !== 0);
    return { speaker, samples };
  }).filter(({ samples }) => samples.length > 0);
}

function samplesOf(
  chunk: Float32Array,
  activity: Uint8Array,
  isWanted: (bits: number) => boolean,
): Float32Array {
  const pieces: Float32Array[] = [];
  let start: number | undefined;
  for (let frame = 0; frame <= activity.length; frame++) {
    const wanted = frame < activity.length && isWanted(activity[frame]!);
    if (wanted) {
      start ??= frame;
    } else if (start !== undefined) {
      pieces.push(chunk.subarray(frameStartInChunk(start), frameStartInChunk(frame)));
      start = undefined;
    }
  }
  return concatenate(pieces);
}
