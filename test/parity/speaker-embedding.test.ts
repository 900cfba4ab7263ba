import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import { pcmFromSamples, SAMPLE_RATE } from '../../gpu-container/src/decode/pcm.ts';
import {
  MAX_STRETCH_SECONDS,
  type StretchEmbedder,
} from '../../gpu-container/src/diarize/stretch-embedder.ts';
import { openXvector } from '../../gpu-container/src/diarize/xvector/open-xvector.ts';
import { frameCount, xvectorGraph } from '../../gpu-container/src/diarize/xvector/xvector-graph.ts';
import { readXvectorWeights } from '../../gpu-container/src/diarize/xvector/xvector-weights.ts';
import { modelStoreFromEnvironment } from '../../gpu-container/src/models/store.ts';
import { type OnnxSession, openSession } from '../../gpu-container/src/onnx/session.ts';
import { dotProduct } from '../../gpu-container/src/vector/similarity.ts';
import { unitLength } from '../../gpu-container/src/vector/unit-length.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';
import { readWav } from './wav.ts';

/** Of the length of the reference, which is 800 and more. */
const VALUE_TOLERANCE = 1e-4;
const COSINE_TOLERANCE = 1e-5;

type Clip = { name: string; samples: number };

const fixture = (name: string) => sharedPath('fixtures', 'speaker', name);

describeWithShared('speaker embeddings against the published graph', () => {
  let clips: readonly Clip[];
  let order: readonly string[];
  let session: OnnxSession;
  let embedder: StretchEmbedder;

  beforeAll(async () => {
    const meta = JSON.parse(await readFile(fixture('meta.json'), 'utf8'));
    clips = meta.clips;
    order = meta.cosine_order;
    const path = (await modelStoreFromEnvironment().pull('pyannote-embedding')).file('model.ort');
    session = await openSession(path, {}, xvectorGraph(readXvectorWeights(await readFile(path))));
    embedder = await openXvector({ path, modelId: 'pyannote-embedding' });
  });

  afterAll(() => Promise.all([session.dispose(), embedder.dispose()]));

  /** The embedding of a clip all of whose frames count, not scaled. */
  async function embeddingOf(name: string): Promise<Float32Array> {
    const samples = await readWav(fixture(`${name}.wav`));
    const frames = frameCount(samples.length);
    const { embeddings } = await session.run(
      {
        waveform: new Tensor('float32', samples, [1, 1, samples.length]),
        weights: new Tensor('float32', new Float32Array(frames).fill(1), [1, 1, frames]),
      },
      ['embeddings'],
    );
    return embeddings.data as Float32Array;
  }

  const referenceOf = async (name: string) =>
    (await readNpy(fixture(`${name}.embedding.npy`))).data;

  it('has the same numbers for every clip', async () => {
    const differences: [clip: string, difference: number][] = [];
    for (const { name } of clips) {
      const [ours, reference] = [await embeddingOf(name), await referenceOf(name)];
      expect(ours).toHaveLength(reference.length);
      const difference = ours.map((value, dim) => value - reference[dim]!);
      differences.push([name, Math.hypot(...difference) / Math.hypot(...reference)]);
    }
    expect(differences.length).toBeGreaterThan(0);
    expect(differences.filter(([, difference]) => !(difference < VALUE_TOLERANCE))).toEqual([]);
  });

  it('has the same similarities between clips', async () => {
    const { shape, data } = await readNpy(fixture('cosine.npy'));
    const vectors: Float32Array[] = [];
    for (const name of order) {
      vectors.push(unitLength(await embeddingOf(name)));
    }
    const similarities = vectors.flatMap((one) => vectors.map((other) => dotProduct(one, other)));
    expect(shape).toEqual([order.length, order.length]);
    const differences = similarities.map((value, index) => Math.abs(value - data[index]!));
    expect(Math.max(...differences)).toBeLessThan(COSINE_TOLERANCE);
  });

  it('has the same direction for a stretch that is all of a recording', async () => {
    const whole = clips.filter(({ samples }) => samples <= MAX_STRETCH_SECONDS * SAMPLE_RATE);
    const similarities: [clip: string, similarity: number][] = [];
    for (const { name } of whole) {
      const samples = await readWav(fixture(`${name}.wav`));
      const [ours] = await embedder.embedStretches(pcmFromSamples(samples), [
        { start: 0, end: samples.length / SAMPLE_RATE },
      ]);
      const similarity = dotProduct(ours!, unitLength(await referenceOf(name)));
      similarities.push([name, similarity]);
    }
    expect(similarities.length).toBeGreaterThan(0);
    const isSame = ([, similarity]: [string, number]) => similarity > 1 - COSINE_TOLERANCE;
    expect(similarities.filter((clip) => !isSame(clip))).toEqual([]);
  });
});
