import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { type PcmReader, SAMPLE_RATE } from '../../decode/pcm.ts';
import { type OnnxSession, openSession, type SessionOptions } from '../../onnx/session.ts';
import { unitLength } from '../../vector/unit-length.ts';
import type { StretchEmbedder } from '../stretch-embedder.ts';
import { planChunks, type StretchChunk } from './plan-chunks.ts';
import { xvectorGraph } from './xvector-graph.ts';
import { EMBEDDING_DIMS, readXvectorWeights } from './xvector-weights.ts';

/**
 * Loads pyannote/embedding, with the stretches of a chunk sharing its frames,
 * see {@link xvectorGraph}.
 *
 * @param options.path the model's file, in the ORT format
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openXvector({
  path,
  modelId,
  ...options
}: { path: string; modelId: string } & SessionOptions): Promise<StretchEmbedder> {
  const graph = xvectorGraph(readXvectorWeights(await readFile(path)));
  const session = await openSession(path, options, graph);
  return {
    modelId,
    dims: EMBEDDING_DIMS,
    async embedStretches(pcm, stretches, { signal, onProgress } = {}) {
      const embeddings = new Array<Float32Array | undefined>(stretches.length);
      for (const chunk of planChunks(stretches, pcm.sampleCount)) {
        signal?.throwIfAborted();
        const vectors = await embedChunk(session, pcm, chunk);
        for (const [row, { index }] of chunk.stretches.entries()) {
          embeddings[index] = unitLength(
            vectors.slice(row * EMBEDDING_DIMS, (row + 1) * EMBEDDING_DIMS),
          );
        }
        onProgress?.((chunk.startSample + chunk.sampleCount) / SAMPLE_RATE);
      }
      return embeddings;
    },
    dispose: () => session.dispose(),
  };
}

/** [stretches, 512] */
async function embedChunk(
  session: OnnxSession,
  pcm: PcmReader,
  { startSample, sampleCount, frames, stretches }: StretchChunk,
): Promise<Float32Array> {
  const waveform = await pcm.read(startSample, sampleCount);
  const weights = new Float32Array(stretches.length * frames);
  for (const [row, { fromFrame, toFrame }] of stretches.entries()) {
    weights.fill(1, row * frames + fromFrame, row * frames + toFrame);
  }
  const { embeddings } = await session.run(
    {
      waveform: new Tensor('float32', waveform, [1, 1, waveform.length]),
      weights: new Tensor('float32', weights, [1, stretches.length, frames]),
    },
    ['embeddings'],
  );
  return embeddings.data as Float32Array;
}
