import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import {
  type TranscriptionState,
  transcriptionStateSchema,
} from '../../../../gpu-container/src/job/checkpoint.ts';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';
import {
  type TranscriptionEngine,
  type TranscriptionRun,
  transcribeMedia,
} from '../../../../gpu-container/src/job/transcribe-media.ts';
import { openTranscriptionEngine } from '../../../../gpu-container/src/job/transcription-engine.ts';
import { modelStoreFromEnvironment } from '../../../../gpu-container/src/models/store.ts';
import { readKennedy } from '../transcribe/demo-speech.ts';

const SAMPLE_RATE = 16_000;
const TASK = transcriptionSchema.parse({ model: 'tiny', batchSize: 1 });
const INTERRUPTED = new Error('the machine is taken away');

let engine: TranscriptionEngine;
let recording: Float32Array;

beforeAll(async () => {
  engine = await openTranscriptionEngine('tiny', modelStoreFromEnvironment(), 'cpu');
  const kennedy = await readKennedy();
  // Far enough apart that each is a window of its own.
  recording = new Float32Array(3 * 35 * SAMPLE_RATE);
  for (const start of [0, 35, 70]) {
    recording.set(kennedy, start * SAMPLE_RATE);
  }
}, 120_000);

afterAll(async () => {
  await engine.detector.dispose();
  await engine.recognizer.dispose();
});

function transcribe(run: Partial<TranscriptionRun> = {}, parts: Partial<TranscriptionEngine> = {}) {
  return transcribeMedia(
    pcmFromSamples(recording),
    TASK,
    { ...engine, ...parts },
    {
      timer: createStageTimer(),
      report: () => {},
      device: 'cpu',
      onState: async () => {},
      signal: new AbortController().signal,
      log: { warn: () => {} },
      ...run,
    },
  );
}

/** Runs until something aborts it, and tells the last state, as it comes back from a store. */
async function transcribeUntilStopped(
  attempt: (
    controller: AbortController,
    states: TranscriptionState[],
  ) => ReturnType<typeof transcribe>,
): Promise<{ stored: TranscriptionState; states: TranscriptionState[] }> {
  const states: TranscriptionState[] = [];
  await expect(attempt(new AbortController(), states)).rejects.toBe(INTERRUPTED);
  const stored = transcriptionStateSchema.parse(JSON.parse(JSON.stringify(states.at(-1))));
  return { stored, states };
}

describe('a transcription that is interrupted', () => {
  it('and resumed gives what an uninterrupted one gives, wherever it stopped', async () => {
    const windows: TranscriptionState[] = [];
    const whole = await transcribe({
      onState: async (state) => {
        windows.push(state);
      },
    });
    expect(windows.length).toBeGreaterThanOrEqual(3);
    expect(whole.state.segments.length).toBeGreaterThanOrEqual(3);
    expect(whole.state.language?.probability).toBeGreaterThan(0.5);

    const { stored } = await transcribeUntilStopped((controller, states) =>
      transcribe({
        signal: controller.signal,
        report: (stage, fraction) => {
          if (stage === 'transcribe' && fraction > 0) {
            controller.abort(INTERRUPTED);
          }
        },
        onState: async (state) => {
          states.push(state);
        },
      }),
    );
    expect(stored).toEqual(windows[0]);
    expect(await transcribe({ resumeFrom: stored })).toEqual(whole);
  }, 120_000);

  it('stops in the middle of a window and keeps the windows before it', async () => {
    let heard = 0;
    const { stored } = await transcribeUntilStopped((controller, states) =>
      transcribe(
        {
          signal: controller.signal,
          onState: async (state) => {
            states.push(state);
          },
        },
        {
          recognizer: {
            ...engine.recognizer,
            recognize: (...args) => {
              heard += 1;
              if (heard === 2) {
                setImmediate(() => controller.abort(INTERRUPTED));
              }
              return engine.recognizer.recognize(...args);
            },
          },
        },
      ),
    );

    expect(heard).toBe(2);
    expect(stored.cursor).toEqual({ next: 2, open: [{ span: 1, seekSamples: 0 }] });
    expect(stored.warnings).toEqual([]);
  }, 60_000);

  it('stops while it looks for speech', async () => {
    const controller = new AbortController();
    const stages = new Set<string>();
    const run = transcribe({
      signal: controller.signal,
      report: (stage, fraction) => {
        stages.add(stage);
        if (stage === 'vad' && fraction > 0) {
          controller.abort(INTERRUPTED);
        }
      },
    });

    await expect(run).rejects.toBe(INTERRUPTED);
    expect([...stages]).toEqual(['vad']);
  });
});

describe('a transcription', () => {
  const inTheFirstSpan: TranscriptionState = {
    cursor: { next: 1, open: [] },
    batchSize: 1,
    language: { code: 'en', probability: 0.3 },
    segments: [],
    warnings: [],
  };

  it('warns of an uncertain language once, in whichever attempt it was detected', async () => {
    const { state } = await transcribe({ resumeFrom: inTheFirstSpan });

    expect(state.segments.length).toBeGreaterThan(0);
    expect(state.warnings.map(({ code }) => code)).toEqual(['LANGUAGE_UNCERTAIN']);
  }, 60_000);

  it('says nothing of the language where there is no text, but that there is no speech', async () => {
    const done = { ...inTheFirstSpan, cursor: { next: 3, open: [] } };
    const { state } = await transcribe({ resumeFrom: done });

    expect(state.warnings.map(({ code }) => code)).toEqual(['NO_SPEECH']);
  });

  it('logs why a window was left out', async () => {
    const logged: unknown[] = [];
    const failure = new Error('out of memory');
    let heard = 0;
    const { state } = await transcribe(
      { log: { warn: (fields: unknown) => logged.push(fields) } },
      {
        recognizer: {
          ...engine.recognizer,
          recognize: async (...args) => {
            heard += 1;
            // The second window, with the times of its words and then without.
            if (heard === 2 || heard === 3) {
              throw failure;
            }
            return engine.recognizer.recognize(...args);
          },
        },
      },
    );

    expect(state.warnings.map(({ code }) => code)).toEqual(['WINDOW_SKIPPED']);
    expect(logged).toMatchObject([{ err: failure }]);
  }, 60_000);
});
