import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import {
  filledPass,
  fillRows,
  itemsPerPass,
  type Passes,
  passesFor,
} from '../../onnx/pass-size.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { CHUNK_SAMPLES } from './chunk-frames.ts';
import { decodePowerset, POWERSET_CLASSES } from './powerset.ts';

const CHUNKS_PER_CPU_BATCH = 8;
/** What a chunk takes in single precision: 80 filters at every tenth sample, half a dozen such at a time. */
const GPU_BYTES_PER_CHUNK = 32 * 2 ** 20;

export type SegmentationOptions = Pick<SessionOptions, 'device' | 'threads'> & {
  /** Device memory that batches are sized by on a GPU; 4 GiB where nobody measured it. */
  readonly freeBytes?: number | undefined;
  /** Default: what suits the device. */
  readonly passes?: Passes;
};

/** A loaded segmentation network. */
export type Segmentation = {
  /** Chunks that it is best given at a time. */
  readonly chunksPerBatch: number;
  /**
   * Tells who speaks in chunks, each with its own numbering of speakers.
   *
   * @param chunks [chunks, 160000] samples, one chunk after the other
   * @returns for each chunk, per frame a bit for each speaker that is active
   */
  segment(chunks: Float32Array): Promise<Uint8Array[]>;
  dispose(): Promise<void>;
};

/**
 * Loads pyannote/segmentation-3.0: waveforms [chunks, 1, 160000] → scores
 * [chunks, 589, 7]. Exports differ in names (`input_values` and `logits`, `x` and
 * `y`), which are taken from the file.
 *
 * @throws ReelscribeError GPU_UNAVAILABLE when CUDA is asked for and does not load
 */
export async function openSegmentation(
  path: string,
  { device = 'cpu', threads, freeBytes, passes = passesFor(device) }: SegmentationOptions,
): Promise<Segmentation> {
  const session = await openSession(path, { device, ...(threads !== undefined && { threads }) });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  if (input === undefined || output === undefined) {
    throw new RangeError('The segmentation model takes or makes nothing');
  }
  const floatType = floatTypeOf(session, input);
  const isOneByOne = session.inputs.get(input)?.shape[0] === 1;
  const chunksPerBatch =
    passes === 'filled'
      ? itemsPerPass({ bytesPerItem: GPU_BYTES_PER_CHUNK, freeBytes })
      : CHUNKS_PER_CPU_BATCH;

  return {
    chunksPerBatch: isOneByOne ? 1 : chunksPerBatch,
    async segment(chunks) {
      const count = chunks.length / CHUNK_SAMPLES;
      const filled = passes === 'filled' ? filledPass(count) : count;
      const samples = fillRows(chunks, count, filled);
      const waveforms = floatTensor(floatType, samples, [filled, 1, CHUNK_SAMPLES]);
      const scores = (await session.run({ [input]: waveforms }, [output]))[output]!;
      const [, frames = 0, classes] = scores.dims;
      if (classes !== POWERSET_CLASSES) {
        throw new RangeError(`The segmentation model knows ${classes} classes, not 7`);
      }
      const bits = decodePowerset(floatsOf(scores));
      return Array.from({ length: count }, (_, chunk) =>
        bits.slice(chunk * frames, (chunk + 1) * frames),
      );
    },
    dispose: () => session.dispose(),
  };
}
