import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FbankEmbedderOptions } from '../../../../../gpu-container/src/diarize/fbank/fbank-embedder.ts';
import { openWespeakerEmbedder } from '../../../../../gpu-container/src/diarize/pyannote/wespeaker.ts';
import type { SpeakerEmbedder } from '../../../../../gpu-container/src/diarize/speaker-embedder.ts';
import {
  ecapaModel,
  type Voice,
  wespeakerModel,
} from '../../../../environment/diarization-models.ts';
import { inHalfPrecision } from '../../../../environment/half-precision.ts';
import { openFromBytes } from './generated-models.ts';
import { pilotSignal } from './pilot-signal.ts';

const open = (bytes: Uint8Array, options: Partial<FbankEmbedderOptions> = {}) =>
  openFromBytes(bytes, (path) =>
    openWespeakerEmbedder({ path, modelId: 'sample', threads: 1, ...options }),
  );

function clip(voice: Voice, seconds: number): Float32Array {
  return pilotSignal(seconds, [{ voice, start: 0, end: seconds }], 3);
}

describe('the WeSpeaker embedder', () => {
  let embedder: SpeakerEmbedder;
  beforeAll(async () => {
    embedder = await open(wespeakerModel());
  });
  afterAll(() => embedder.dispose());

  it('tells voices apart, in the order of the clips, whatever their lengths', async () => {
    const clips = [clip(2, 1), clip(0, 2), clip(1, 1), clip(0, 1)];
    const embeddings = await embedder.embed(clips);
    const loudest = embeddings.map((vector) => vector!.indexOf(Math.max(...vector!)));
    expect(loudest).toEqual([2, 0, 1, 0]);
  });

  it('returns vectors of unit length, the same alone as in a batch', async () => {
    const clips = Array.from({ length: 11 }, (_, index) => clip((index % 3) as Voice, 1));
    const embeddings = await embedder.embed(clips);
    for (const [index, embedding] of embeddings.entries()) {
      expect(embedding).toHaveLength(256);
      expect(Math.hypot(...embedding!)).toBeCloseTo(1, 5);
      const [alone] = await embedder.embed([clips[index]!]);
      expect([...embedding!]).toEqual([...alone!].map((value) => expect.closeTo(value, 5)));
    }
  });

  it.each([
    ['passes that are filled up', wespeakerModel(), 5],
    ['half precision', inHalfPrecision(wespeakerModel()), 2],
  ])('makes the same vectors in %s, as on a GPU', async (_, bytes, digits) => {
    const clips = [clip(2, 1), clip(0, 2), clip(1, 1), clip(0, 1), clip(1, 0.1)];
    const filled = await open(bytes, { passes: 'filled' });
    const vectors = await filled.embed(clips);
    await filled.dispose();
    const expected = await embedder.embed(clips);
    expect(vectors.map((vector) => vector && [...vector])).toEqual(
      expected.map((vector) => vector && [...vector].map((value) => expect.closeTo(value, digits))),
    );
  });

  it('uses the same part of clips of nearly one length, as on a GPU', async () => {
    const filled = await open(wespeakerModel(), { passes: 'filled' });
    const [whole, longer] = await filled.embed([clip(1, 1), clip(1, 1.2)]);
    await filled.dispose();
    expect(longer).toEqual(whole);
    const [, ofAll] = await embedder.embed([clip(1, 1), clip(1, 1.2)]);
    expect(ofAll).not.toEqual(whole);
  });

  it('says nothing of clips under a quarter of a second', async () => {
    expect(embedder.minSamples).toBe(4000);
    const [long, short, none] = await embedder.embed([clip(0, 0.25), clip(0, 0.249), clip(0, 0)]);
    expect(long).toHaveLength(256);
    expect([short, none]).toEqual([undefined, undefined]);
  });

  it('makes nothing of no clips', async () => {
    expect(await embedder.embed([])).toEqual([]);
  });

  it('refuses a model whose vectors have another length', async () => {
    const other = await open(ecapaModel());
    await expect(other.embed([clip(0, 1)])).rejects.toThrow('192 numbers of a clip, not 256');
    await other.dispose();
  });
});
