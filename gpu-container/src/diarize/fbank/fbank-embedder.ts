import { Tensor } from 'onnxruntime-node';
import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { filledPass, type Passes, passesFor } from '../../onnx/pass-size.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import { unitLength } from '../../vector/unit-length.ts';
import type { SpeakerEmbedder } from '../speaker-embedder.ts';
import { planBatches } from './clip-batches.ts';
import { type LogMelFeatures, MEL_BINS } from './log-mel-frames.ts';

export type FbankEmbedderOptions = Pick<SessionOptions, 'device' | 'threads'> & {
  readonly path: string;
  readonly modelId: string;
  /** Device memory that batches are sized by on a GPU; 4 GiB where nobody measured it. */
  readonly freeBytes?: number | undefined;
  /**
   * Default: what suits the device. For `filled` ones, clips are cut at their end to a
   * multiple of a quarter of a second, so that many are of one length.
   */
  readonly passes?: Passes;
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
  {
    path,
    modelId,
    device = 'cpu',
    freeBytes,
    passes = passesFor(device),
    ...options
  }: FbankEmbedderOptions,
  { dims, minSamples, features }: Network,
): Promise<SpeakerEmbedder> {
  const session = await openSession(path, { device, ...options });
  const embedBatch = batchEmbedding(session, dims, passes);
  const isOneByOne = !takesBatches(session);

  return {
    modelId,
    dims,
    minSamples,
    async embed(clips) {
      const embeddings = new Array<Float32Array | undefined>(clips.length).fill(undefined);
      const lengths = clips.map(({ length }) => length);
      const batches = planBatches(lengths, { minSamples, passes, isOneByOne, freeBytes });
      for (const { indices, samples } of batches) {
        const rows = indices.map((index) => features(clips[index]!.subarray(0, samples)));
        const vectors = await embedBatch(rows);
        for (const [row, index] of indices.entries()) {
          embeddings[index] = unitLength(vectors.slice(row * dims, (row + 1) * dims));
        }
      }
      return embeddings;
    },
    dispose: () => session.dispose(),
  };
}

/** Some exports are made for one clip at a time. */
function takesBatches(session: OnnxSession): boolean {
  return session.inputs.get(session.inputNames[0]!)?.shape[0] !== 1;
}

/** Runs the network on the features of clips of one length; [clips, dims], and more where a pass was filled up. */
function batchEmbedding(session: OnnxSession, dims: number, passes: Passes) {
  const [input, lengths] = session.inputNames;
  const [output] = session.outputNames;
  if (input === undefined || output === undefined) {
    throw new RangeError('The model takes or makes nothing');
  }
  const floatType = floatTypeOf(session, input);

  return async (rows: readonly Float32Array[]): Promise<Float32Array> => {
    const size = rows[0]!.length;
    const filled = passes === 'filled' ? filledPass(rows.length) : rows.length;
    const batch = new Float32Array(filled * size);
    for (const [row, features] of rows.entries()) {
      batch.set(features, row * size);
    }
    const frames = size / MEL_BINS;
    const feeds = {
      [input]: floatTensor(floatType, batch, [filled, frames, MEL_BINS]),
      ...(lengths !== undefined && {
        [lengths]: fullLengths(session, lengths, filled, frames),
      }),
    };
    const vectors = floatsOf((await session.run(feeds, [output]))[output]!);
    if (vectors.length !== filled * dims) {
      throw new RangeError(
        `The model makes ${vectors.length / filled} numbers of a clip, not ${dims}`,
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
