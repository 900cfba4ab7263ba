import { describe, expect, it } from '@jest/globals';
import { transcriptionSchema } from '#contracts/tasks/transcription.ts';
import { type PcmReader, pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import type { ChannelState } from '../../../../gpu-container/src/job/checkpoint.ts';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';
import {
  type ChannelAudio,
  type ChannelsRun,
  transcribeChannels,
} from '../../../../gpu-container/src/job/transcribe-channels.ts';
import { loudnessEngine } from './loudness-engine.ts';

const SAMPLE_RATE = 16_000;
const INTERRUPTED = new Error('the machine is taken away');
const TASK = transcriptionSchema.parse({ channels: 'separate', wordTimestamps: false });

/** Two minutes in which somebody speaks from each of these seconds on for 10 s, at that level. */
function recording(utterances: readonly (readonly [second: number, level: number])[]): PcmReader {
  const samples = new Float32Array(120 * SAMPLE_RATE);
  for (const [second, level] of utterances) {
    samples.fill(level, second * SAMPLE_RATE, (second + 10) * SAMPLE_RATE);
  }
  return pcmFromSamples(samples);
}

/** A caller who speaks English, an empty channel, and an agent who speaks German. */
const CALL: ChannelAudio[] = [
  {
    channel: 0,
    pcm: recording([
      [0, 0.1],
      [40, 0.2],
      [80, 0.3],
    ]),
  },
  { channel: 1, pcm: recording([]) },
  {
    channel: 3,
    pcm: recording([
      [20, 0.6],
      [90, 0.7],
    ]),
  },
];

function transcribe(run: Partial<ChannelsRun> = {}, channels = CALL) {
  return transcribeChannels(channels, TASK, loudnessEngine(), {
    timer: createStageTimer(),
    report: () => {},
    device: 'cpu',
    resumeFrom: [],
    onStates: async () => {},
    signal: new AbortController().signal,
    log: { warn: () => {} },
    ...run,
  });
}

/** As it comes back from where it was stored. */
function stored(states: readonly ChannelState[] | undefined): ChannelState[] {
  return JSON.parse(JSON.stringify(states));
}

describe('a transcription of separate channels', () => {
  it('gives each channel its own speech, text and language', async () => {
    const channels = await transcribe();

    expect(
      channels.map(({ channel, state, speech }) => ({
        channel,
        language: state.language?.code,
        texts: state.segments.map(({ text }) => text),
        seconds: Math.round(speech.reduce((sum, { start, end }) => sum + end - start, 0)),
      })),
    ).toEqual([
      { channel: 0, language: 'en', texts: ['Level 10.', 'Level 20.', 'Level 30.'], seconds: 31 },
      { channel: 1, language: undefined, texts: [], seconds: 0 },
      { channel: 3, language: 'de', texts: ['Level 60.', 'Level 70.'], seconds: 21 },
    ]);
  });

  it('gives the mix of all, which has no number, what its own transcription gives', async () => {
    const [mix] = await transcribe({}, [{ pcm: CALL[0]!.pcm }]);

    expect(mix).not.toHaveProperty('channel');
    expect(mix?.state.segments).toHaveLength(3);
  });

  it('that is resumed gives what an uninterrupted one gives, wherever it stopped', async () => {
    const told: (readonly ChannelState[])[] = [];
    const whole = await transcribe({
      onStates: async (states) => {
        told.push(states);
      },
    });

    expect(told).toHaveLength(5);
    for (const states of told) {
      expect(await transcribe({ resumeFrom: stored(states) })).toEqual(whole);
    }
  });

  it('works on no window again that an earlier attempt has told of', async () => {
    const told: (readonly ChannelState[])[] = [];
    const onStates = async (states: readonly ChannelState[]) => {
      told.push(states);
    };
    await transcribe({ onStates });
    const [, , , fourth] = told.splice(0);

    await transcribe({ onStates, resumeFrom: stored(fourth) });

    expect(told).toHaveLength(1);
  });

  it('tells what is done when it is interrupted between two windows', async () => {
    const controller = new AbortController();
    const told: (readonly ChannelState[])[] = [];
    let detections = 0;
    const attempt = transcribe({
      signal: controller.signal,
      report: (stage, fraction) => {
        detections += stage === 'vad' && fraction > 0 ? 1 : 0;
        if (stage === 'vad' && fraction > 2 / 3) {
          controller.abort(INTERRUPTED);
        }
      },
      onStates: async (states) => {
        told.push(controller.signal.aborted ? states : []);
      },
    });

    await expect(attempt).rejects.toBe(INTERRUPTED);
    expect(detections).toBeGreaterThan(3);
    expect(told.at(-1)?.map(({ channel, state }) => [channel, state.segments.length])).toEqual([
      [0, 3],
    ]);
  });

  it('reports how much of all channels is done, and media seconds up to the end', async () => {
    const reports: { stage: string; fraction: number; mediaSeconds: number }[] = [];
    await transcribe({
      report: (stage, fraction, mediaSeconds) => reports.push({ stage, fraction, mediaSeconds }),
    });

    for (const stage of ['vad', 'transcribe']) {
      const ofStage = reports.filter((report) => report.stage === stage);
      const fractions = ofStage.map(({ fraction }) => fraction);
      expect(fractions).toEqual(fractions.toSorted((one, other) => one - other));
      expect([fractions[0], fractions.at(-1)]).toEqual([0, 1]);
    }
    const listened = reports.filter(({ stage }) => stage === 'vad');
    expect(listened.at(-1)?.mediaSeconds).toBeCloseTo(120, 6);
  });

  it('tells the time of each stage once, whatever the number of channels', async () => {
    const timer = createStageTimer();
    await transcribe({ timer });

    expect(timer.metrics.map(({ stage }) => stage)).toEqual(['vad', 'transcribe']);
  });
});
