import { describe, expect, it } from '@jest/globals';
import { ReelscribeError } from '#contracts/errors.ts';
import { diarizationSchema } from '#contracts/tasks/diarization.ts';
import { pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import type { Diarization, Diarizer } from '../../../../gpu-container/src/diarize/diarizer.ts';
import type { DiarizationEngine } from '../../../../gpu-container/src/job/diarization-engine.ts';
import { mergeChannels } from '../../../../gpu-container/src/job/merge-channels.ts';
import type { ReportProgress } from '../../../../gpu-container/src/job/progress.ts';
import {
  type DiarizationInput,
  runDiarization,
} from '../../../../gpu-container/src/job/run-diarization.ts';
import { createStageTimer } from '../../../../gpu-container/src/job/stage-timer.ts';
import type { SpeechDetector } from '../../../../gpu-container/src/vad/silero.ts';
import { loudnessEngine } from './loudness-engine.ts';
import { sampleChannel } from './sample-channel.ts';
import { sampleContext } from './sample-context.ts';

const SAMPLE_RATE = 16_000;
const SECONDS = 12;

type Utterance = readonly [start: number, end: number, text: string];

/** Somebody asks and somebody answers. */
const CALL: Utterance[] = [
  [1, 4, 'How are you?'],
  [6, 9, 'Very well, thank you.'],
];

/** What is found of the call: the one who answers is heard by the diarizer first. */
const TWO_SPEAKERS: Diarization = {
  turns: [
    { start: 1, end: 4, speaker: 1 },
    { start: 6, end: 9, speaker: 0 },
  ],
  speakers: [
    { embedding: Float32Array.of(1, 0), confidence: 0.75 },
    { embedding: Float32Array.of(0, 1), confidence: 0.5 },
  ],
};

const DEAF: SpeechDetector = {
  stream: () => {
    throw new Error('listened again');
  },
  dispose: async () => {},
};

/** A recording, loud where somebody speaks, and its transcription; a list for each channel, or the mix alone. */
function heard(
  channels: readonly (readonly Utterance[])[],
  { isMix = channels.length === 1, isListenedTo = true } = {},
): DiarizationInput {
  const parts = channels.map((says, channel) => {
    const samples = new Float32Array(SECONDS * SAMPLE_RATE);
    for (const [start, end] of says) {
      samples.fill(0.5, start * SAMPLE_RATE, end * SAMPLE_RATE);
    }
    const which = isMix ? {} : { channel };
    const transcription = sampleChannel({ ...which, language: null, says });
    const probabilities = Float32Array.from(
      { length: Math.ceil(samples.length / 512) },
      (_, frame) => (samples[frame * 512] === 0 ? 0 : 1),
    );
    return {
      audio: { ...which, pcm: pcmFromSamples(samples) },
      transcription: { ...transcription, ...(isListenedTo && { probabilities }) },
    };
  });
  const transcriptions = parts.map(({ transcription }) => transcription);
  return {
    media: {
      path: '',
      facts: {
        container: 'wav',
        durationSeconds: SECONDS,
        durationIsEstimate: false,
        audio: [
          {
            index: 0,
            codec: 'pcm_s16le',
            channels: channels.length,
            sampleRate: SAMPLE_RATE,
            durationSeconds: SECONDS,
          },
        ],
        video: [],
      },
    },
    transcription: {
      recording: {
        channels: parts.map(({ audio }) => audio),
        identical: [],
        durationSeconds: SECONDS,
        partial: false,
        [Symbol.asyncDispose]: async () => {},
      },
      channels: transcriptions,
      merged: mergeChannels(transcriptions),
    },
  };
}

/** A backend that finds what it is told to, and notes what it is asked. */
function toldDiarizer(diarization: Diarization = TWO_SPEAKERS) {
  const calls: Parameters<Diarizer['diarize']>[] = [];
  const diarizer: Diarizer = {
    modelIds: ['voices'],
    diarize: async (...call) => {
      calls.push(call);
      return diarization;
    },
    dispose: async () => {},
  };
  return { calls, diarizer };
}

function run(
  input: DiarizationInput,
  engine: Partial<DiarizationEngine>,
  task: Parameters<typeof diarizationSchema.parse>[0] = {},
  context = sampleContext(),
) {
  return runDiarization(
    diarizationSchema.parse(task),
    input,
    Promise.resolve({ detector: DEAF, ...engine }),
    context,
  );
}

describe('the diarization of a transcription', () => {
  it('gives the words to their speakers, who are called by who is heard first', async () => {
    const { diarizer } = toldDiarizer();
    const { segments, speakers, turns, diarization } = await run(heard([CALL]), { diarizer });

    expect(segments.map(({ speaker, text }) => [speaker, text])).toEqual([
      ['SPEAKER_00', 'How are you?'],
      ['SPEAKER_01', 'Very well, thank you.'],
    ]);
    expect(speakers).toEqual([
      { label: 'SPEAKER_00', talkSeconds: 3, confidence: 0.5, embedding: [0, 1] },
      { label: 'SPEAKER_01', talkSeconds: 3, confidence: 0.75, embedding: [1, 0] },
    ]);
    expect(turns.map(({ speaker }) => speaker)).toEqual(['SPEAKER_00', 'SPEAKER_01']);
    expect(diarization).toEqual({ backend: 'auto', models: ['voices'] });
  });

  it('names speakers as the request does, and says which name found nobody', async () => {
    const { diarizer } = toldDiarizer();
    const speakerNames = { SPEAKER_01: 'Dr. Ruiz', SPEAKER_07: 'Bond' };
    const result = await run(heard([CALL]), { diarizer }, { speakerNames });

    expect(result.speakers.map(({ name }) => name)).toEqual([undefined, 'Dr. Ruiz']);
    expect(result.warnings).toMatchObject([{ code: 'SPEAKER_NAME_UNUSED', name: 'SPEAKER_07' }]);
  });

  it.each([
    ['as many speakers as are said to be there', { numSpeakers: 3 }, [3, 3, undefined]],
    ['the limits', { minSpeakers: 2, maxSpeakers: 5 }, [2, 5, undefined]],
    ['the shortest turn', { minSegmentDuration: 0.5 }, [1, 8, 0.5]],
  ])('asks the backend for %s', async (_, task, expected) => {
    const { diarizer, calls } = toldDiarizer();
    await run(heard([CALL]), { diarizer }, task);

    const { minSpeakers, maxSpeakers, minTurnSeconds } = calls[0]![2];
    expect([minSpeakers, maxSpeakers, minTurnSeconds]).toEqual(expected);
  });

  it('goes by the speech that was found for the transcription', async () => {
    const { diarizer, calls } = toldDiarizer();
    await run(heard([CALL]), { diarizer, detector: DEAF });

    expect(calls[0]![1]).toEqual([
      { start: expect.closeTo(1, 0), end: expect.closeTo(4, 0) },
      { start: expect.closeTo(6, 0), end: expect.closeTo(9, 0) },
    ]);
  });

  it('listens for speech by itself where the transcription did not', async () => {
    const listened = toldDiarizer();
    const told = toldDiarizer();
    const { detector } = loudnessEngine();
    await run(heard([CALL], { isListenedTo: false }), { diarizer: listened.diarizer, detector });
    await run(heard([CALL]), { diarizer: told.diarizer });

    expect(listened.calls[0]![1]).toEqual(told.calls[0]![1]);
  });

  it('finds nobody where nobody speaks, without asking', async () => {
    const { diarizer, calls } = toldDiarizer();
    const { speakers, turns, warnings } = await run(heard([[]]), { diarizer });

    expect({ speakers, turns, warnings }).toEqual({ speakers: [], turns: [], warnings: [] });
    expect(calls).toEqual([]);
  });

  it('hears channels that were transcribed separately as one mix', async () => {
    const { diarizer, calls } = toldDiarizer();
    const { segments } = await run(heard([[CALL[0]!], [CALL[1]!]]), { diarizer });

    const [pcm, speech] = calls[0]!;
    expect(pcm.sampleCount).toBe(SECONDS * SAMPLE_RATE);
    const levelAt = async (second: number) => (await pcm.read(second * SAMPLE_RATE, 1))[0];
    expect([await levelAt(2), await levelAt(5), await levelAt(7)]).toEqual([0.25, 0, 0.25]);
    expect(speech).toHaveLength(2);
    expect(segments.map(({ speaker, channel }) => [speaker, channel])).toEqual([
      ['SPEAKER_00', 0],
      ['SPEAKER_01', 1],
    ]);
  });

  it('tells how far it is, in seconds of media, and how long it took where', async () => {
    const reports: Parameters<ReportProgress>[] = [];
    const timer = createStageTimer();
    const diarizer: Diarizer = {
      ...toldDiarizer().diarizer,
      diarize: async (_pcm, _speech, _options, { onProgress } = {}) => {
        onProgress?.(3);
        onProgress?.(9);
        return TWO_SPEAKERS;
      },
    };
    const report: ReportProgress = (...progress) => reports.push(progress);
    await run(heard([CALL]), { diarizer }, {}, sampleContext({ report, timer }));

    expect(reports).toEqual([
      ['diarize', 0, 0],
      ['diarize', 0.25, 3],
      ['diarize', 0.75, 9],
    ]);
    expect(timer.metrics).toMatchObject([{ stage: 'diarize', device: 'cpu' }]);
  });
});

describe('a channel for each speaker', () => {
  it('needs no model, and gives each segment to the speaker of its channel', async () => {
    const crosstalk: Utterance = [3, 5, 'Wait.'];
    const input = heard([[CALL[0]!], [crosstalk, CALL[1]!]]);
    const { segments, speakers, diarization } = await run(input, {}, { perChannel: true });

    expect(segments.map(({ speaker, channel }) => [speaker, channel])).toEqual([
      ['SPEAKER_00', 0],
      ['SPEAKER_01', 1],
      ['SPEAKER_01', 1],
    ]);
    expect(speakers.map(({ confidence }) => confidence)).toEqual([1, 1]);
    expect(diarization).toEqual({ backend: 'auto', models: [] });
  });

  it('has no speaker for a channel on which nobody speaks', async () => {
    const { speakers } = await run(heard([[], CALL]), {}, { perChannel: true });

    expect(speakers.map(({ label }) => label)).toEqual(['SPEAKER_00']);
  });

  it('is one speaker where there is one channel', async () => {
    const { segments, speakers } = await run(heard([CALL]), {}, { perChannel: true });

    expect(speakers).toHaveLength(1);
    expect(segments.map(({ speaker }) => speaker)).toEqual(['SPEAKER_00', 'SPEAKER_00']);
  });
});

describe('a diarization that fails', () => {
  it('has a code of its own for what is no error of ours, and keeps the cause', async () => {
    const cause = new TypeError('not a tensor');
    const diarizer = { ...toldDiarizer().diarizer, diarize: () => Promise.reject(cause) };

    await expect(run(heard([CALL]), { diarizer })).rejects.toMatchObject({
      code: 'DIARIZATION_FAILED',
      cause,
    });
  });

  it('keeps the code of one of ours, from the loading of its models too', async () => {
    const loading = Promise.reject(new ReelscribeError('MODEL_UNAVAILABLE_OFFLINE'));
    const diarizing = runDiarization(
      diarizationSchema.parse({}),
      heard([CALL]),
      loading,
      sampleContext(),
    );

    await expect(diarizing).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE_OFFLINE' });
  });

  it('has not failed where it was stopped, whatever the backend then throws', async () => {
    const reason = new Error('the machine is taken away');
    const stop = new AbortController();
    const diarizer: Diarizer = {
      ...toldDiarizer().diarizer,
      diarize: async () => {
        stop.abort(reason);
        throw new Error('the session is gone');
      },
    };
    const context = sampleContext({ signal: stop.signal });

    await expect(run(heard([CALL]), { diarizer }, {}, context)).rejects.toBe(reason);
  });
});
