import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SpeakerEmbedder } from '../../../../../gpu-container/src/diarize/speaker-embedder.ts';
import { openEcapaEmbedder } from '../../../../../gpu-container/src/diarize/speechbrain/ecapa.ts';
import { ecapaModel, type Voice } from '../../../../environment/diarization-models.ts';
import { openFromBytes } from '../pyannote/generated-models.ts';
import { pilotSignal } from '../pyannote/pilot-signal.ts';

describe('the ECAPA embedder', () => {
  let embedder: SpeakerEmbedder;
  beforeAll(async () => {
    embedder = await openFromBytes(ecapaModel(), (path) =>
      openEcapaEmbedder({ path, modelId: 'sample', threads: 1 }),
    );
  });
  afterAll(() => embedder.dispose());

  it('tells voices apart by vectors of 192 numbers and unit length', async () => {
    const voices: Voice[] = [1, 0, 2, 2];
    const clips = voices.map((voice, index) =>
      pilotSignal(1 + (index % 2), [{ voice, start: 0, end: 3 }], index + 1),
    );
    const embeddings = await embedder.embed(clips);
    expect(embeddings.map((vector) => vector!.indexOf(Math.max(...vector!)))).toEqual(voices);
    for (const embedding of embeddings) {
      expect(embedding).toHaveLength(192);
      expect(Math.hypot(...embedding!)).toBeCloseTo(1, 5);
    }
  });

  it('says nothing of clips that are too short', async () => {
    expect(await embedder.embed([new Float32Array(3999)])).toEqual([undefined]);
  });
});
