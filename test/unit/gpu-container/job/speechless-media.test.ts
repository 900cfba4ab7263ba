import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';
import {
  type TranscriptionEngine,
  transcribeMedia,
} from '../../../../gpu-container/src/job/transcribe-media.ts';
import { openTranscriptionEngine } from '../../../../gpu-container/src/job/transcription-engine.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';

const SAMPLE_RATE = 16_000;
const SECONDS = 35;

/** White noise, the same every time. */
function noise(amplitude: number): (second: number) => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return amplitude * ((2 * state) / 2 ** 32 - 1);
  };
}

/** A chord for every half second, each struck and dying away. */
function chords(second: number): number {
  const roots = [220, 261.6, 196, 174.6];
  const beat = Math.floor(second * 2);
  const root = roots[beat % roots.length]!;
  const decay = Math.exp(-3 * (second * 2 - beat));
  return [1, 1.25, 1.5, 2].reduce(
    (sum, ratio) => sum + 0.12 * decay * Math.sin(2 * Math.PI * root * ratio * second),
    0,
  );
}

function hum(second: number): number {
  return 0.1 * Math.sin(2 * Math.PI * 50 * second) + 0.03 * Math.sin(2 * Math.PI * 150 * second);
}

describe('a recording in which nobody speaks', () => {
  let engine: TranscriptionEngine;

  beforeAll(async () => {
    engine = await openTranscriptionEngine('tiny', modelStoreFromEnvironment(), 'cpu');
  }, 120_000);

  afterAll(async () => {
    await engine.detector.dispose();
    await engine.recognizer.dispose();
  });

  const sounds: [string, (second: number) => number][] = [
    ['silence', () => 0],
    ['faint noise', noise(0.001)],
    ['loud noise', noise(0.3)],
    ['music', chords],
    ['hum', hum],
  ];

  for (const vad of [true, false]) {
    it.each(sounds)(
      `gives no text and says so, vad ${vad}: %s`,
      async (_, sound) => {
        const samples = Float32Array.from({ length: SECONDS * SAMPLE_RATE }, (_, index) =>
          sound(index / SAMPLE_RATE),
        );
        const { state } = await transcribeMedia(
          pcmFromSamples(samples),
          transcriptionSchema.parse({ model: 'tiny', language: 'en', vad }),
          engine,
          {
            timer: createStageTimer(),
            report: () => {},
            device: 'cpu',
            onState: async () => {},
            signal: new AbortController().signal,
            log: { warn: () => {} },
          },
        );

        expect(state.segments).toEqual([]);
        expect(state.warnings).not.toEqual([]);
      },
      60_000,
    );
  }
});
