import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PcmReader, pcmFromSamples } from '../../../../../gpu-container/src/decode/pcm.ts';
import type {
  Stretch,
  StretchEmbedder,
} from '../../../../../gpu-container/src/diarize/stretch-embedder.ts';
import { openXvector } from '../../../../../gpu-container/src/diarize/xvector/open-xvector.ts';
import { modelStoreFromEnvironment } from '../../../../../gpu-container/src/models/store.ts';
import { dotProduct } from '../../../../../gpu-container/src/vector/similarity.ts';
import { readWav } from '../../../../parity/wav.ts';

const SAMPLE_RATE = 16_000;

describe('pyannote/embedding over a recording', () => {
  let embedder: StretchEmbedder;
  let president: Float32Array;
  let reader: Float32Array;
  beforeAll(async () => {
    const models = modelStoreFromEnvironment();
    const speech = await models.pull('demo-speech');
    president = await readWav(speech.file('jfk.wav'));
    reader = await readWav(speech.file('sense-and-sensibility-0870.wav'));
    const path = (await models.pull('pyannote-embedding')).file('model.ort');
    embedder = await openXvector({ path, modelId: 'xvector', threads: 2 });
  });
  afterAll(() => embedder.dispose());

  const embed = (samples: Float32Array, stretches: readonly Stretch[]) =>
    embedder.embedStretches(pcmFromSamples(samples), stretches);

  it('makes a vector of unit length of each stretch, and none of a very short one', async () => {
    const stretches = [
      { start: 0.5, end: 2 },
      { start: 1, end: 1.1 },
      { start: 1, end: 4 },
    ];
    const [first, none, third] = await embed(president, stretches);
    expect(none).toBeUndefined();
    for (const embedding of [first!, third!]) {
      expect(embedding).toHaveLength(embedder.dims);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    }
    expect(embedder).toMatchObject({ modelId: 'xvector', dims: 512 });
  });

  it('embeds a stretch the same beside others of its chunk as alone', async () => {
    const recording = president.subarray(0, 9.5 * SAMPLE_RATE);
    const stretches = Array.from({ length: 17 }, (_, hop) => ({
      start: hop / 2,
      end: hop / 2 + 1.5,
    }));
    const together = await embed(recording, stretches);
    for (const index of [0, 5, 16]) {
      const [alone] = await embed(recording, [stretches[index]!]);
      const difference = alone!.map((value, dim) => value - together[index]![dim]!);
      expect(Math.hypot(...difference)).toBeLessThan(1e-4);
    }
    expect(dotProduct(together[0]!, together[16]!)).toBeLessThan(0.95);
  });

  it('hears who speaks in a stretch, whoever speaks around it', async () => {
    // The reader takes the president's place in half of a chunk.
    const replaced = Float32Array.from(president);
    replaced.set(reader.subarray(0, 4 * SAMPLE_RATE), 5.5 * SAMPLE_RATE);
    const stretches = [
      { start: 2, end: 5 },
      { start: 6, end: 9 },
    ];
    const [before, replacedBefore] = await embed(president, stretches);
    const [after, replacedAfter] = await embed(replaced, stretches);
    expect(dotProduct(before!, after!)).toBeGreaterThan(0.6);
    expect(dotProduct(replacedBefore!, replacedAfter!)).toBeLessThan(0.4);
  });

  it('tells a voice again in another place, and two voices apart', async () => {
    // With so much of next to nothing between them that they share no chunk.
    const recording = new Float32Array(50 * SAMPLE_RATE).map((_, n) => 1e-4 * Math.sin(n ** 2));
    recording.set(president.subarray(0, 5 * SAMPLE_RATE), 2 * SAMPLE_RATE);
    recording.set(president.subarray(5 * SAMPLE_RATE), 20 * SAMPLE_RATE);
    recording.set(reader, 40 * SAMPLE_RATE);
    const [one, again, other] = await embed(recording, [
      { start: 2, end: 7 },
      { start: 21, end: 25 },
      { start: 41, end: 45 },
    ]);
    expect(dotProduct(one!, again!)).toBeGreaterThan(0.5);
    expect(dotProduct(one!, other!)).toBeLessThan(0.25);
  });

  it('reads ten seconds at a time, and tells how far it is', async () => {
    const reads: number[] = [];
    const pcm: PcmReader = {
      sampleRate: SAMPLE_RATE,
      sampleCount: 24 * SAMPLE_RATE,
      read: async (_start, count) => {
        reads.push(count);
        return new Float32Array(count).map((_, n) => Math.sin(n ** 2));
      },
    };
    const done: number[] = [];
    const stretches = Array.from({ length: 16 }, (_, hop) => ({
      start: 1.5 * hop,
      end: 1.5 * hop + 1.5,
    }));
    await embedder.embedStretches(pcm, stretches, { onProgress: (seconds) => done.push(seconds) });

    expect(reads.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...reads)).toBeLessThanOrEqual(10 * SAMPLE_RATE);
    expect(done).toHaveLength(reads.length);
    expect(done).toEqual(done.toSorted((one, other) => one - other));
    expect(done.at(-1)).toBe(24);
  });

  it('stops between chunks with the reason given', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const chunks: number[] = [];
    const embedding = embedder.embedStretches(
      pcmFromSamples(president),
      [
        { start: 0, end: 2 },
        { start: 9, end: 11 },
      ],
      {
        signal: stop.signal,
        onProgress: (seconds) => {
          chunks.push(seconds);
          stop.abort(reason);
        },
      },
    );
    await expect(embedding).rejects.toBe(reason);
    expect(chunks).toHaveLength(1);
  });

  it('does not open another model', async () => {
    const silero = await modelStoreFromEnvironment().pull('silero-vad');
    const opening = openXvector({ path: silero.file('silero_vad.onnx'), modelId: 'xvector' });
    await expect(opening).rejects.toThrow(RangeError);
  });
});
