import type { PcmReader } from '../../../../gpu-container/src/decode/pcm.ts';
import {
  type EmbeddedSpeech,
  embedSpeech,
} from '../../../../gpu-container/src/diarize/embed-speech.ts';
import type { StretchEmbedder } from '../../../../gpu-container/src/diarize/stretch-embedder.ts';
import type { WindowTuning } from '../../../../gpu-container/src/diarize/tuning.ts';
import type { SpeechRegion } from '../../../../gpu-container/src/vad/speech-regions.ts';
import { dotProduct } from '../../../../gpu-container/src/vector/similarity.ts';
import { unitLength } from '../../../../gpu-container/src/vector/unit-length.ts';
import { scatteredVectors } from './cluster/seeded-vectors.ts';

/** Of a conversation that is nothing but embeddings. Turns may overlap. */
export type MadeTurn = { readonly voice: number; readonly start: number; readonly end: number };

const DIMS = 64;
/** As of different people to pyannote/embedding. */
const VOICE_SIMILARITY = 0.05;
/** Each of these has a deviation from its voice of its own. */
const CELL_SECONDS = 0.25;
/** Such that two stretches of one voice, of 3 s each, have a similarity of 0.6, as to it too. */
const SPREAD = 0.35;

/** Voices one after another, without pauses. */
export function inTurn(
  ...turns: readonly (readonly [voice: number, seconds: number])[]
): MadeTurn[] {
  let end = 0;
  return turns.map(([voice, seconds]) => {
    const start = end;
    end += seconds;
    return { voice, start, end };
  });
}

/** Where anybody speaks. */
export function speechOf(turns: readonly MadeTurn[]): SpeechRegion[] {
  const regions: SpeechRegion[] = [];
  for (const { start, end } of turns.toSorted((one, other) => one.start - other.start)) {
    const last = regions.at(-1);
    if (last !== undefined && start <= last.end) {
      regions[regions.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else {
      regions.push({ start, end });
    }
  }
  return regions;
}

/** A recording of that length; nobody reads it. */
export function unheard(seconds: number): PcmReader {
  return {
    sampleRate: 16_000,
    sampleCount: seconds * 16_000,
    read: () => Promise.reject(new Error('Nobody is to read it')),
  };
}

/** What the voices sound like: unit vectors, any two of the same similarity. */
export function madeVoices(count: number, seed = 1): Float32Array[] {
  const shape = { seed, count: count + 1, centres: count + 1, dims: DIMS, spread: 0 };
  const [common, ...own] = orthogonal(scatteredVectors(shape));
  const [commonShare, ownShare] = [Math.sqrt(VOICE_SIMILARITY), Math.sqrt(1 - VOICE_SIMILARITY)];
  return own.map((vector) =>
    vector.map((value, dim) => commonShare * common![dim]! + ownShare * value),
  );
}

/** By Gram and Schmidt: each less what it has in common with those before it. */
function orthogonal(vectors: readonly Float32Array[]): Float32Array[] {
  const done: Float32Array[] = [];
  for (const vector of vectors) {
    const rest = done.reduce((left, other) => {
      const share = dotProduct(left, other);
      return left.map((value, dim) => value - share * other[dim]!);
    }, vector);
    done.push(unitLength(rest));
  }
  return done;
}

/**
 * To it a stretch sounds like the mean of the voices in it, by how long they
 * speak, and of a deviation for each quarter of a second.
 */
export function madeEmbedder(
  turns: readonly MadeTurn[],
  { seed = 1, spread = SPREAD }: { seed?: number; spread?: number } = {},
): StretchEmbedder {
  const voices = madeVoices(Math.max(...turns.map(({ voice }) => voice)) + 1, seed);
  const cellCount = Math.ceil(Math.max(...turns.map(({ end }) => end)) / CELL_SECONDS);
  const noise = { seed: seed + 1, count: cellCount, centres: cellCount, dims: DIMS, spread: 0 };
  // Of unit length, so times the root of their dimensions to have the spread in each.
  const deviations = scatteredVectors(noise);
  const scale = spread * Math.sqrt(DIMS);
  const cells = deviations.map((deviation, cell) => {
    const middle = (cell + 0.5) * CELL_SECONDS;
    const heard = turns.filter(({ start, end }) => start <= middle && middle < end);
    return deviation.map(
      (value, dim) =>
        scale * value + heard.reduce((sum, { voice }) => sum + voices[voice]![dim]!, 0),
    );
  });
  return {
    modelId: 'made',
    dims: DIMS,
    embedStretches: async (_pcm, stretches) =>
      stretches.map(({ start, end }) => {
        const sum = new Float32Array(DIMS);
        for (let cell = Math.floor(start / CELL_SECONDS); cell * CELL_SECONDS < end; cell++) {
          const from = Math.max(start, cell * CELL_SECONDS);
          const share = Math.min(end, (cell + 1) * CELL_SECONDS) - from;
          for (let dim = 0; dim < DIMS; dim++) {
            sum[dim]! += share * (cells[cell]?.[dim] ?? 0);
          }
        }
        return unitLength(sum);
      }),
    dispose: async () => {},
  };
}

/** The speech of a made conversation, cut and embedded as a recording's would be. */
export function embedMade(
  turns: readonly MadeTurn[],
  tuning: WindowTuning,
  options: { seed?: number; spread?: number } = {},
): Promise<EmbeddedSpeech> {
  const seconds = Math.max(...turns.map(({ end }) => end)) + 1;
  return embedSpeech(unheard(seconds), speechOf(turns), madeEmbedder(turns, options), tuning);
}
