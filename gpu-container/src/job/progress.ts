import type { JobRequest } from '#contracts/job-request.ts';
import { STAGES, type Stage } from '#contracts/stages.ts';
import type { Progress } from '#contracts/webhook-events.ts';

/** About how long each stage takes, as a part of the media's length, and a little for each job. */
const STAGE_COST: Record<Stage, number> = {
  fetch: 0.05,
  decode: 0.05,
  vad: 0.1,
  transcribe: 0.64,
  diarize: 0.08,
  embed: 0.02,
  render: 0.01,
  publish: 0.05,
};

/** Pictures take longer to embed than words. */
const VIDEO_EMBEDDING_COST = 0.2;

/** Share of each stage in the time of a job, so that the percentage moves evenly; 0 for one that the job does not have. */
export type StageShares = Readonly<Record<Stage, number>>;

export function stageShares(tasks: JobRequest['tasks']): StageShares {
  const { transcription, diarization, videoEmbedding, textEmbedding } = tasks;
  const costs: Record<Stage, number> = {
    ...STAGE_COST,
    ...(transcription === undefined && { decode: 0, vad: 0, transcribe: 0 }),
    ...(diarization === undefined && { diarize: 0 }),
    embed:
      (textEmbedding === undefined ? 0 : STAGE_COST.embed) +
      (videoEmbedding === undefined ? 0 : VIDEO_EMBEDDING_COST),
  };
  const whole = STAGES.reduce((sum, stage) => sum + costs[stage], 0);
  return Object.fromEntries(STAGES.map((stage) => [stage, costs[stage] / whole])) as StageShares;
}

/** How much of the whole job is done when a stage is at `stageFraction`. */
export function jobFraction(shares: StageShares, stage: Stage, stageFraction: number): number {
  const before = STAGES.slice(0, STAGES.indexOf(stage)).reduce(
    (sum, earlier) => sum + shares[earlier],
    0,
  );
  return Math.min(1, before + shares[stage] * Math.min(1, Math.max(0, stageFraction)));
}

/** Tells how far a stage is; `mediaSeconds` is the media it has worked through. */
export type ReportProgress = (stage: Stage, stageFraction: number, mediaSeconds: number) => void;

/**
 * Makes the progress of channels that are worked on one after another into that
 * of them all. Media seconds are the mean over the channels, so that they end
 * where the media ends.
 *
 * @returns what the channel at an index reports to
 */
export function shareProgress(
  report: ReportProgress,
  channelCount: number,
): (index: number) => ReportProgress {
  const secondsOf: Partial<Record<Stage, number[]>> = {};
  return (index) => (stage, stageFraction, mediaSeconds) => {
    const seconds = secondsOf[stage] ?? [];
    seconds[index] = mediaSeconds;
    secondsOf[stage] = seconds;
    const sum = seconds.reduce((total, part) => total + part, 0);
    report(stage, (index + stageFraction) / channelCount, sum / channelCount);
  };
}

export type ProgressReporter = {
  report: ReportProgress;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
};

/**
 * Turns the many reports of the stages into few: the first of each stage and
 * then one per interval, one at a time, with rising sequence numbers. Work never
 * waits for a report, and a report that fails is dropped; the first of a stage
 * waits until the one before it is delivered, and is up to date then. A download
 * that begins again does not take the fraction back.
 *
 * @param send delivers one report
 * @param firstSequence above every number that an earlier attempt used
 */
export function createProgressReporter(options: {
  send: (progress: Progress) => Promise<void>;
  firstSequence: number;
  shares: StageShares;
  intervalSeconds: number;
  nowSeconds: () => number;
}): ProgressReporter {
  let sequence = options.firstSequence;
  let stageStart: { stage: Stage; at: number; mediaSeconds: number } | undefined;
  let lastSentAt = Number.NEGATIVE_INFINITY;
  let furthest = 0;
  let sending: Promise<void> = Promise.resolve();
  let busy = false;
  let waiting: Parameters<ReportProgress> | undefined;

  const deliver: ReportProgress = (stage, stageFraction, mediaSeconds) => {
    const now = options.nowSeconds();
    const elapsed = now - (stageStart?.at ?? now);
    const worked = mediaSeconds - (stageStart?.mediaSeconds ?? 0);
    lastSentAt = now;
    busy = true;
    furthest = Math.max(furthest, jobFraction(options.shares, stage, stageFraction));
    sending = options
      .send({
        stage,
        fraction: furthest,
        mediaSeconds,
        ...(elapsed > 0 && worked > 0 ? { realTimeFactor: worked / elapsed } : {}),
        sequence: sequence++,
      })
      .catch(() => {})
      .finally(() => {
        busy = false;
        const next = waiting;
        waiting = undefined;
        if (next !== undefined) {
          deliver(...next);
        }
      });
  };

  return {
    report(...report) {
      const [stage, , mediaSeconds] = report;
      const now = options.nowSeconds();
      const isNewStage = stageStart?.stage !== stage;
      if (isNewStage) {
        stageStart = { stage, at: now, mediaSeconds };
      }
      if (busy) {
        waiting = isNewStage || waiting !== undefined ? report : undefined;
      } else if (isNewStage || now - lastSentAt >= options.intervalSeconds) {
        deliver(...report);
      }
    },
    async idle() {
      while (busy) {
        await sending;
      }
    },
  };
}
