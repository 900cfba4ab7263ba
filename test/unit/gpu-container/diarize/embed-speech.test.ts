import { describe, expect, it } from '@jest/globals';
import type { DiarizationRun } from '../../../../gpu-container/src/diarize/diarizer.ts';
import { embedSpeech, embedVoice } from '../../../../gpu-container/src/diarize/embed-speech.ts';
import type {
  Stretch,
  StretchEmbedder,
} from '../../../../gpu-container/src/diarize/stretch-embedder.ts';
import { XVECTOR_TUNING } from '../../../../gpu-container/src/diarize/tunings.ts';
import { unheard } from './made-conversation.ts';

const TUNING = {
  ...XVECTOR_TUNING,
  voiceSeconds: 3,
  voiceHopSeconds: 1,
  minVoiceStretchSeconds: 1,
  turnSeconds: 1.5,
  turnHopSeconds: 0.5,
  maxPauseSeconds: 0.3,
};

const LEAST_SECONDS = 0.25;

/** To it a stretch sounds like when it is. */
function clockEmbedder() {
  const calls: { stretches: readonly Stretch[]; run: DiarizationRun | undefined }[] = [];
  const embedder: StretchEmbedder = {
    modelId: 'clock',
    dims: 2,
    embedStretches: async (_pcm, stretches, run) => {
      calls.push({ stretches, run });
      return stretches.map(({ start, end }) =>
        end - start < LEAST_SECONDS ? undefined : Float32Array.of(start, end),
      );
    },
    dispose: async () => {},
  };
  return { embedder, calls };
}

const region = (start: number, end: number) => ({ start, end });
const embedded = (start: number, end: number) => ({
  start,
  end,
  embedding: Float32Array.of(start, end),
});

describe('embedding the speech of a recording', () => {
  it('cuts it into long stretches and short ones, each with its own embedding', async () => {
    const { embedder } = clockEmbedder();
    const speech = [region(1, 5), region(8, 9.25)];

    expect(await embedSpeech(unheard(10), speech, embedder, TUNING)).toEqual({
      durationSeconds: 10,
      speech,
      voiceStretches: [embedded(1, 4), embedded(2, 5), embedded(8, 9.25)],
      turnStretches: [
        ...[1, 1.5, 2, 2.5, 3, 3.5].map((start) => embedded(start, start + 1.5)),
        embedded(8, 9.25),
      ],
    });
  });

  it('has all embedded in one pass, by their start', async () => {
    const { embedder, calls } = clockEmbedder();
    const run = { signal: new AbortController().signal };
    await embedSpeech(unheard(40), [region(0, 12), region(20, 33)], embedder, TUNING, run);

    expect(calls).toHaveLength(1);
    const starts = calls[0]!.stretches.map(({ start }) => start);
    expect(starts).toEqual(starts.toSorted((one, other) => one - other));
    expect(calls[0]!.run).toBe(run);
  });

  it('reaches over short pauses, and still tells where they are', async () => {
    const { embedder } = clockEmbedder();
    const speech = [region(0, 1), region(1.25, 3), region(4, 5)];
    const found = await embedSpeech(unheard(6), speech, embedder, TUNING);

    expect(found.voiceStretches).toEqual([embedded(0, 3), embedded(4, 5)]);
    expect(found.speech).toEqual(speech);
  });

  it('asks short remarks for turns alone, and not at all what is too short to be embedded', async () => {
    const { embedder } = clockEmbedder();
    const speech = [region(0, 0.9), region(2, 2.2), region(4, 5)];
    const found = await embedSpeech(unheard(6), speech, embedder, TUNING);

    expect(found.voiceStretches).toEqual([embedded(4, 5)]);
    expect(found.turnStretches).toEqual([embedded(0, 0.9), embedded(4, 5)]);
  });
});

describe('embedding a clip of one voice', () => {
  const clip = (seconds: number) => new Float32Array(seconds * 16_000);

  it('takes the mean direction of stretches of five seconds all over it', async () => {
    const { embedder, calls } = clockEmbedder();
    const embedding = await embedVoice(clip(11), embedder);

    const stretches = [region(0, 5), region(2.5, 7.5), region(5, 10), region(6, 11)];
    expect(calls.map((call) => call.stretches)).toEqual([stretches]);
    const sum = stretches.reduce(([x, y], { start, end }) => [x! + start, y! + end], [0, 0]);
    const length = Math.hypot(...sum);
    expect([...embedding!]).toEqual(sum.map((value) => expect.closeTo(value / length)));
  });

  it('leaves out what cannot be embedded, and knows nothing of a clip that is too short', async () => {
    const { embedder } = clockEmbedder();
    expect(await embedVoice(clip(0.2), embedder)).toBeUndefined();
    expect(await embedVoice(new Float32Array(), embedder)).toBeUndefined();
    expect(Math.hypot(...(await embedVoice(clip(0.3), embedder))!)).toBeCloseTo(1);
  });

  it('hears the samples of the clip', async () => {
    const heard: number[] = [];
    const listener: StretchEmbedder = {
      ...clockEmbedder().embedder,
      embedStretches: async (pcm) => {
        heard.push(...(await pcm.read(0, pcm.sampleCount)));
        return [Float32Array.of(1, 0)];
      },
    };
    await embedVoice(Float32Array.of(0.25, -0.5), listener);
    expect(heard).toEqual([0.25, -0.5]);
  });
});
