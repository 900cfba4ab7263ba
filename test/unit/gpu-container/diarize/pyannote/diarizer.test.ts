import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { pcmFromSamples } from '../../../../../gpu-container/src/decode/pcm.ts';
import type {
  Diarization,
  DiarizationOptions,
  DiarizationRun,
  Diarizer,
} from '../../../../../gpu-container/src/diarize/diarizer.ts';
import { openPyannoteDiarizer } from '../../../../../gpu-container/src/diarize/pyannote/diarizer.ts';
import { openWespeakerEmbedder } from '../../../../../gpu-container/src/diarize/pyannote/wespeaker.ts';
import type { SpeechRegion } from '../../../../../gpu-container/src/vad/speech-regions.ts';
import { segmentationModel, wespeakerModel } from '../../../../environment/diarization-models.ts';
import { openFromBytes } from './generated-models.ts';
import { type PilotTurn, pilotSignal } from './pilot-signal.ts';

const OPTIONS: DiarizationOptions = { minSpeakers: 1, maxSpeakers: 8 };
/** Two frames. */
const TOLERANCE_SECONDS = 0.034;

/** A conversation with an overlap, a voice that comes late, and pauses. */
const CONVERSATION: readonly PilotTurn[] = [
  { voice: 1, start: 1, end: 9 },
  { voice: 0, start: 8, end: 17 },
  { voice: 1, start: 18, end: 24 },
  { voice: 2, start: 25, end: 31 },
  { voice: 0, start: 31, end: 39 },
];

/** The shorter part of it with two voices. */
const DIALOGUE = CONVERSATION.slice(0, 2);

describe('the pyannote backend', () => {
  let diarizer: Diarizer;
  beforeAll(async () => {
    const embedder = await openFromBytes(wespeakerModel(), (path) =>
      openWespeakerEmbedder({ path, modelId: 'wespeaker', threads: 1 }),
    );
    diarizer = await openFromBytes(segmentationModel(), (segmentationPath) =>
      openPyannoteDiarizer({ segmentationPath, embedder, threads: 1 }),
    );
  });
  afterAll(() => diarizer.dispose());

  const diarize = (
    samples: Float32Array,
    options: Partial<DiarizationOptions> = {},
    run: DiarizationRun = {},
    speech: readonly SpeechRegion[] = [{ start: 0, end: samples.length / 16_000 }],
  ): Promise<Diarization> =>
    diarizer.diarize(pcmFromSamples(samples), speech, { ...OPTIONS, ...options }, run);

  it('tells who speaks when, overlaps among it, numbered by first turn', async () => {
    const { turns, speakers } = await diarize(pilotSignal(40, CONVERSATION));
    const numbers = [0, 1, 0, 2, 1];
    expect(turns).toHaveLength(CONVERSATION.length);
    for (const [index, { start, end }] of CONVERSATION.entries()) {
      expect(turns[index]!.speaker).toBe(numbers[index]);
      expect(Math.abs(turns[index]!.start - start)).toBeLessThan(TOLERANCE_SECONDS);
      expect(Math.abs(turns[index]!.end - end)).toBeLessThan(TOLERANCE_SECONDS);
    }
    expect(speakers).toHaveLength(3);
    for (const [speaker, { embedding, confidence }] of speakers.entries()) {
      const voice = [1, 0, 2][speaker]!;
      expect(embedding!.indexOf(Math.max(...embedding!))).toBe(voice);
      expect(Math.hypot(...embedding!)).toBeCloseTo(1, 5);
      expect(confidence).toBeGreaterThan(0.9);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });

  it('finds a lone speaker in a recording shorter than a chunk', async () => {
    const { turns, speakers } = await diarize(pilotSignal(4, [{ voice: 2, start: 0.5, end: 4 }]));
    expect(speakers).toHaveLength(1);
    expect(turns).toEqual([{ start: expect.closeTo(0.5, 1), end: 4, speaker: 0 }]);
  });

  it('makes no more speakers than there may be', async () => {
    const { turns, speakers } = await diarize(pilotSignal(17, DIALOGUE), { maxSpeakers: 1 });
    expect(speakers).toHaveLength(1);
    expect(turns).toEqual([
      { start: expect.closeTo(1, 1), end: expect.closeTo(17, 1), speaker: 0 },
    ]);
  });

  it('gives turns that are too short to whoever speaks around them', async () => {
    const turns: PilotTurn[] = [
      { voice: 0, start: 0, end: 6 },
      { voice: 1, start: 6, end: 6.6 },
      { voice: 0, start: 6.6, end: 14 },
    ];
    const signal = pilotSignal(14, turns);
    expect((await diarize(signal)).turns).toHaveLength(3);
    const smoothed = await diarize(signal, { minTurnSeconds: 1 });
    expect(smoothed.turns).toHaveLength(1);
    expect(smoothed.speakers).toHaveLength(1);
  });

  it('hears nobody in silence, and in chunks that touch no speech', async () => {
    expect(await diarize(pilotSignal(12, []))).toEqual({ turns: [], speakers: [] });
    expect(await diarize(pilotSignal(0, []))).toEqual({ turns: [], speakers: [] });
    const signal = pilotSignal(17, DIALOGUE);
    expect(await diarize(signal, {}, {}, [])).toEqual({ turns: [], speakers: [] });
    const { turns } = await diarize(signal, {}, {}, [{ start: 0, end: 1.5 }]);
    // Chunks from the third on begin after the speech.
    expect(turns.at(-1)!.end).toBeLessThan(11);
  });

  it('reports how far it got, to the end', async () => {
    const onProgress = jest.fn<(seconds: number) => void>();
    await diarize(pilotSignal(17.5, DIALOGUE), {}, { onProgress });
    const seconds = onProgress.mock.calls.map(([done]) => done);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    expect(seconds.length).toBeGreaterThan(1);
    expect(seconds.at(-1)).toBe(17.5);
  });

  it('stops when it is told to', async () => {
    const reason = new Error('no longer wanted');
    const run = { signal: AbortSignal.abort(reason) };
    await expect(diarize(pilotSignal(17, DIALOGUE), {}, run)).rejects.toBe(reason);
  });

  it('names its models and recognises voices by clips', async () => {
    expect(diarizer.modelIds).toEqual(['pyannote-segmentation-3.0', 'wespeaker']);
    const { embed } = diarizer.voices!;
    const clip = await embed(pilotSignal(2, [{ voice: 1, start: 0, end: 2 }], 9));
    expect(clip!.indexOf(Math.max(...clip!))).toBe(1);
    expect(await embed(new Float32Array(100))).toBeUndefined();
  });
});
