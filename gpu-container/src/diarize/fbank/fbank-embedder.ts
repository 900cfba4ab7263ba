import { Tensor } from 'onnxruntime-node';
import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import { unitLength } from '../../vector/unit-length.ts';
import type { SpeakerEmbedder } from '../speaker-embedder.ts';
import { type LogMelFeatures, MEL_BINS } from './log-mel-frames.ts';

/** Clips of one length that go through the network together. */
const CLIPS_PER_BATCH = { cpu: 8, cuda: 32 } as const;

export type FbankEmbedderOptions = Pick<SessionOptions, 'device' | 'threads'> & {
  readonly path: string;
  readonly modelId: string;
};

/** What a network is fed with. */
type Network = {
  readonly dims: number;
  /** Shorter clips tell too little of a voice. */
  readonly minSamples: number;
  readonly features: LogMelFeatures;
};

/**
 * Loads a network that turns log-mel features [clips, frames, 80] into one vector
 * per clip: [clips, dims], or [clips, 1, dims]. Its tensors may have any names;
 * where it takes a second input, that is how long each clip is, as a part of the
 * longest (floats) or in frames (integers).
 *
 * @throws RangeError for a network of another signature
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openFbankEmbedder(
  { path, modelId, device = 'cpu', ...options }: FbankEmbedderOptions,
  { dims, minSamples, features }: Network,
): Promise<SpeakerEmbedder> {
  const session = await openSession(path, { device, ...options });
  const embedBatch = batchEmbedding(session, dims);
  const clipsPerBatch = takesBatches(session) ? CLIPS_PER_BATCH[device] : 1;

  return {
    modelId,
    dims,
    minSamples,
    async embed(clips) {
      const embeddings = new Array<Float32Array | undefined>(clips.length).fill(undefined);
      for (const indices of groupedByLength(clips, minSamples)) {
        for (let start = 0; start < indices.length; start += clipsPerBatch) {
          const batch = indices.slice(start, start + clipsPerBatch);
          const vectors = await embedBatch(batch.map((index) => features(clips[index]!)));
          for (const [row, index] of batch.entries()) {
            embeddings[index] = unitLength(vectors.slice(row * dims, (row + 1) * dims));
          }
        }
      }
      return embeddings;
    },
    dispose: () => session.dispose(),
  };
}

/** Indices of the clips that are long enough, those of one length together. */
function groupedByLength(clips: readonly Float32Array[], minSamples: number): number[][] {
  const groups = new Map<number, number[]>();
  for (const [index, { length }] of clips.entries()) {
    if (length >= minSamples) {
      groups.set(length, [...(groups.get(length) ?? []), index]);
    }
  }
  return [...groups.values()];
}

/** Some exports are made for one clip at a time. */
function takesBatches(session: OnnxSession): boolean {
  return session.inputs.get(session.inputNames[0]!)?.shape[0] !== 1;
}

/** Runs the network on the features of clips of one length; [clips, dims]. */
function batchEmbedding(session: OnnxSession, dims: number) {
  const [input, lengths] = session.inputNames;
  const [output] = session.outputNames;
  if (input === undefined || output === undefined) {
    throw new RangeError('The model takes or makes nothing');
  }
  const floatType = floatTypeOf(session, input);

  return async (rows: readonly Float32Array[]): Promise<Float32Array> => {
    const size = rows[0]!.length;
    const batch = new Float32Array(rows.length * size);
    for (const [row, features] of rows.entries()) {
      batch.set(features, row * size);
    }
    const frames = size / MEL_BINS;
    const feeds = {
      [input]: floatTensor(floatType, batch, [rows.length, frames, MEL_BINS]),
      ...(lengths !== undefined && {
        [lengths]: fullLengths(session, lengths, rows.length, frames),
      }),
    };
    const vectors = floatsOf((await session.run(feeds, [output]))[output]!);
    if (vectors.length !== rows.length * dims) {
      throw new RangeError(
        `The model makes ${vectors.length / rows.length} numbers of a clip, not ${dims}`,
      );
    }
    return vectors;
  };
}

function fullLengths(session: OnnxSession, input: string, clips: number, frames: number): Tensor {
  return session.inputs.get(input)?.type === 'int64'
    ? new Tensor('int64', new BigInt64Array(clips).fill(BigInt(frames)), [clips])
    : floatTensor(floatTypeOf(session, input), new Float32Array(clips).fill(1), [clips]);
}
