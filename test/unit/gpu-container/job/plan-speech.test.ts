import { describe, expect, it } from '@jest/globals';
import type { TranscriptionTask } from '#contracts/tasks/transcription.ts';
import { type PcmReader, pcmFromSamples } from '../../../../gpu-container/src/decode/pcm.ts';
import { planSpeech } from '../../../../gpu-container/src/job/plan-speech.ts';
import type { ReportProgress } from '../../../../gpu-container/src/job/progress.ts';
import { FRAME_SAMPLES, type SpeechDetector } from '../../../../gpu-container/src/vad/silero.ts';

const SAMPLE_RATE = 16_000;

type Task = Pick<TranscriptionTask, 'vad' | 'suppressHallucinations'>;

/** A detector that takes the first sample of each frame for the probability of speech. */
function levelDetector() {
  let streams = 0;
  const detector: SpeechDetector = {
    stream() {
      streams++;
      return async (block) =>
        Float32Array.from(
          { length: Math.ceil(block.length / FRAME_SAMPLES) },
          (_, frame) => block[frame * FRAME_SAMPLES]!,
        );
    },
    dispose: async () => {},
  };
  return { detector, streams: () => streams };
}

/** A recording as loud as the speech in it is probable. */
function recordingOf(seconds: number, ...parts: [from: number, to: number, level: number][]) {
  const samples = new Float32Array(seconds * SAMPLE_RATE);
  for (const [from, to, level] of parts) {
    samples.fill(level, from * SAMPLE_RATE, to * SAMPLE_RATE);
  }
  return pcmFromSamples(samples);
}

async function planOf(pcm: PcmReader, task: Task, signal = new AbortController().signal) {
  const { detector, streams } = levelDetector();
  const reports: Parameters<ReportProgress>[] = [];
  const report: ReportProgress = (...progress) => reports.push(progress);
  const plan = await planSpeech(pcm, task, detector, { report, signal });
  return { plan, reports, streams: streams() };
}

/** Long enough for a conversation; far enough apart to be two spans. */
const TWO_TALKS = recordingOf(100, [10, 20, 0.9], [70, 90, 0.9]);

describe('planSpeech with detection', () => {
  it('reads where somebody speaks, padded', async () => {
    const { plan } = await planOf(TWO_TALKS, { vad: true, suppressHallucinations: true });

    expect(plan.spans).toEqual([
      { start: expect.closeTo(9.8, 1), end: expect.closeTo(20.2, 1) },
      { start: expect.closeTo(69.8, 1), end: expect.closeTo(90.2, 1) },
    ]);
  });

  it('reads neighbouring speech at once, though it is detected apart', async () => {
    const pcm = recordingOf(60, [10, 14, 0.9], [18, 22, 0.9]);
    const { plan } = await planOf(pcm, { vad: true, suppressHallucinations: true });

    expect(plan.spans).toHaveLength(1);
    expect(plan.detected).toHaveLength(2);
    expect(plan.spans[0]).toEqual({
      start: plan.detected![0]!.start,
      end: plan.detected![1]!.end,
    });
  });

  it('takes text for possible only where speech is, unless made-up text is to be kept', async () => {
    const suppressed = await planOf(TWO_TALKS, { vad: true, suppressHallucinations: true });
    const kept = await planOf(TWO_TALKS, { vad: true, suppressHallucinations: false });

    expect(suppressed.plan.possible).toEqual(suppressed.plan.detected);
    expect(kept.plan.possible).toBeUndefined();
    expect(kept.plan.detected).toEqual(suppressed.plan.detected);
  });

  it('goes by the thresholds of the task, in milliseconds', async () => {
    const vad = { threshold: 0.3, minSpeechMs: 0, minSilenceMs: 0, speechPadMs: 0 };
    // Each of the others would merge, drop or widen one of these.
    const pcm = recordingOf(30, [10.24, 10.368, 0.4], [10.432, 20.48, 0.4]);
    const detectedWith = async (changes: Partial<typeof vad>) =>
      (await planOf(pcm, { vad: { ...vad, ...changes }, suppressHallucinations: true })).plan
        .detected!;
    const close = ([start, end]: [number, number]) => ({
      start: expect.closeTo(start, 5),
      end: expect.closeTo(end, 5),
    });

    expect(await detectedWith({})).toEqual([close([10.24, 10.368]), close([10.432, 20.48])]);
    expect(await detectedWith({ threshold: 0.5 })).toEqual([]);
    expect(await detectedWith({ minSpeechMs: 200 })).toEqual([close([10.432, 20.48])]);
    expect(await detectedWith({ minSilenceMs: 200 })).toEqual([close([10.24, 20.48])]);
    expect(await detectedWith({ speechPadMs: 500 })).toEqual([
      close([9.74, 10.4]),
      close([10.4, 20.98]),
    ]);
  });

  it('reports how much it has judged, up to all of it', async () => {
    const { reports } = await planOf(TWO_TALKS, { vad: true, suppressHallucinations: true });

    expect(reports[0]).toEqual(['vad', 0, 0]);
    expect(reports.at(-1)).toEqual(['vad', 1, 100]);
    expect(reports.length).toBeGreaterThan(3);
    for (const [, fraction, seconds] of reports) {
      expect(fraction).toBeCloseTo(seconds / 100);
    }
  });

  it('plans nothing for a recording without speech', async () => {
    const { plan } = await planOf(recordingOf(20), { vad: true, suppressHallucinations: true });

    expect(plan).toMatchObject({ spans: [], detected: [], possible: [] });
  });

  it('tells how probable speech is all along, which nobody has to find out again', async () => {
    const { plan, streams } = await planOf(TWO_TALKS, { vad: true, suppressHallucinations: true });
    const probabilityAt = (second: number) =>
      plan.probabilities?.[Math.floor((second * SAMPLE_RATE) / FRAME_SAMPLES)];

    expect(plan.probabilities).toHaveLength(Math.ceil((100 * SAMPLE_RATE) / FRAME_SAMPLES));
    expect([5, 15, 50, 80].map(probabilityAt)).toEqual([
      0,
      expect.closeTo(0.9),
      0,
      expect.closeTo(0.9),
    ]);
    expect(streams).toBe(1);
  });
});

describe('planSpeech without detection', () => {
  const task = { vad: false, suppressHallucinations: true };

  it('reads all of the recording, in stretches cut where it is quiet', async () => {
    const pcm = recordingOf(60, [0, 31, 0.9], [32, 60, 0.9]);
    const { plan } = await planOf(pcm, task);

    expect(plan.spans).toHaveLength(2);
    expect(plan.spans[0]!.start).toBe(0);
    expect(plan.spans[0]!.end).toBeGreaterThan(31);
    expect(plan.spans[0]!.end).toBeLessThan(32);
    expect(plan.spans[1]).toEqual({ start: plan.spans[0]!.end, end: 60 });
    expect(plan.detected).toBeUndefined();
  });

  it.each([
    ['one of less than a minute', 40, 1],
    ['half minutes of a few minutes', 180, 6],
    ['an eighth of more', 600, 8],
    ['two minutes at most', 1800, 15],
  ])('makes stretches: %s', async (_, seconds, count) => {
    const sampleCount = seconds * SAMPLE_RATE;
    const read: PcmReader['read'] = async (_start, samples) => new Float32Array(samples);
    const pcm: PcmReader = { sampleRate: SAMPLE_RATE, sampleCount, read };
    const { plan } = await planOf(pcm, { ...task, suppressHallucinations: false });

    expect(plan.spans).toHaveLength(count);
    expect(plan.spans.at(-1)!.end).toBe(seconds);
  });

  it('takes text for possible where speech is faint or short, too', async () => {
    const pcm = recordingOf(30, [10.24, 10.4, 0.25]);

    const { plan } = await planOf(pcm, task);
    expect(plan.possible).toEqual([
      { start: expect.closeTo(10.04, 5), end: expect.closeTo(10.6, 5) },
    ]);
    expect(Math.max(...(plan.probabilities ?? []))).toBe(0.25);
    expect((await planOf(pcm, { ...task, vad: true })).plan.possible).toEqual([]);
    expect((await planOf(recordingOf(30, [10, 12, 0.1]), task)).plan.possible).toEqual([]);
  });

  it('does not read a stretch in which nothing sounds like speech', async () => {
    const pcm = recordingOf(180, [40, 41, 0.25], [100, 101, 0.1]);
    const read = (await planOf(pcm, task)).plan.spans;
    const all = (await planOf(pcm, { ...task, suppressHallucinations: false })).plan.spans;

    expect(all.length).toBeGreaterThan(2);
    expect(read).toEqual(all.filter(({ start, end }) => start < 40 && end > 41));
  });

  it('listens for no speech at all where made-up text is to be kept', async () => {
    const { plan, streams, reports } = await planOf(recordingOf(20, [0, 20, 0.9]), {
      vad: false,
      suppressHallucinations: false,
    });

    expect(plan).toEqual({
      spans: [{ start: 0, end: 20 }],
      detected: undefined,
      possible: undefined,
      probabilities: undefined,
    });
    expect({ streams, reports }).toEqual({ streams: 0, reports: [] });
  });
});

describe('planSpeech', () => {
  it.each([[true], [false]])('stops where it is told to: detection %s', async (vad) => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);

    await expect(planOf(TWO_TALKS, { vad, suppressHallucinations: false }, signal)).rejects.toBe(
      reason,
    );
  });
});
