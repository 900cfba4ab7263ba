import type { TrialResult } from './measure.ts';
import { diarizationErrorRate, pooledErrors } from './score/diarization-error.ts';

/** What was run, for whoever reads the figures later. */
export type Setting = {
  backend: string;
  threads: number;
  seed: number;
  data: string;
  processor: string;
};

/** Figures of several recordings together. Rates are shares of their speech, as if they were one. */
export type GroupFigures = {
  files: number;
  seconds: number;
  /** Diarization error rate with a collar of 0.25 s, and its three parts. */
  der025: number | null;
  missed025: number | null;
  falseAlarm025: number | null;
  confusion025: number | null;
  /** Without a collar. */
  der0: number | null;
  /** Share of the files with as many speakers found as there are. */
  countAccuracy: number | null;
  /** Speakers found too many or too few, on average. */
  countError: number | null;
};

/** Less tells nothing about a voice. */
const LEAST_LONE_SPEECH_SECONDS = 2;

/** Everything that the bench found, as it prints it in its last line. */
export type Report = ReturnType<typeof buildReport>;

export function buildReport(setting: Setting, results: readonly TrialResult[], peakRssMb: number) {
  const ofKind = (...kinds: TrialResult['kind'][]) =>
    results.filter(({ kind }) => kinds.includes(kind));
  const given = groupFigures(ofKind('conversation', 'meeting'));
  const conversations = groupFigures(ofKind('conversation'));
  const meetings = groupFigures(ofKind('meeting'));
  const mixtures = groupFigures(ofKind('mixture'));
  const byCount = Map.groupBy(ofKind('mixture'), ({ speakers }) => speakers);
  const lone = ofKind('lone').filter((one) => one.speechSeconds >= LEAST_LONE_SPEECH_SECONDS);
  const speechless = ofKind('speechless');
  const long = ofKind('long')[0];
  return {
    bench: 'diarize' as const,
    ...setting,
    /** These four are of the recordings that come with turns. */
    der025: given.der025,
    der0: given.der0,
    countAccuracy: given.countAccuracy,
    countError: given.countError,
    der025Conversations: conversations.der025,
    der025Meetings: meetings.der025,
    der025Mixtures: mixtures.der025,
    der0Mixtures: mixtures.der0,
    countAccuracyMixtures: mixtures.countAccuracy,
    /** Share of the single speakers in whose recordings one was found. */
    loneSpeakersKept: share(lone, ({ found }) => found === 1),
    loneSpeakers: lone.length,
    /** Share of the recordings without speech in which nobody was found. */
    speechlessKept: share(speechless, ({ found }) => found === 0),
    rtfx: realTimeFactor(results.filter(({ kind }) => kind !== 'long')),
    peakRssMb,
    groups: { conversations, meetings, mixtures },
    mixturesBySpeakers: [...byCount].map(([speakers, own]) => ({
      speakers,
      ...groupFigures(own),
    })),
    long: long === undefined ? null : fileFigures(long),
    files: results.map(fileFigures),
    failures: results.flatMap(({ name, failure }) =>
      failure === undefined ? [] : [{ name, failure }],
    ),
  };
}

function groupFigures(results: readonly TrialResult[]): GroupFigures {
  const scores = results.flatMap((result) => result.scores.slice(0, 1));
  const errors025 = pooledErrors(scores.map(({ collar025 }) => collar025));
  const errors0 = pooledErrors(scores.map(({ collar0 }) => collar0));
  const part = (seconds: number) => (errors025.total === 0 ? null : seconds / errors025.total);
  return {
    files: results.length,
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    der025: diarizationErrorRate(errors025),
    missed025: part(errors025.missed),
    falseAlarm025: part(errors025.falseAlarm),
    confusion025: part(errors025.confusion),
    der0: diarizationErrorRate(errors0),
    countAccuracy: share(results, ({ found, speakers }) => found === speakers),
    countError:
      results.length === 0
        ? null
        : results.reduce((sum, { found, speakers }) => sum + Math.abs(found - speakers), 0) /
          results.length,
  };
}

function fileFigures(result: TrialResult) {
  const { name, kind, seconds, speakers, found, scores } = result;
  return {
    ...{ name, kind, seconds, speakers, found },
    countError: found - speakers,
    rtfx: realTimeFactor([result]),
    /** Against each reference; seconds of speaker time. */
    scores: scores.map(({ reference, collar025, collar0 }) => ({
      reference,
      der025: diarizationErrorRate(collar025),
      ...collar025,
      der0: diarizationErrorRate(collar0),
    })),
  };
}

/** Seconds of media per second of work, over all that did not fail. */
function realTimeFactor(results: readonly TrialResult[]): number | null {
  const finished = results.filter(({ failure }) => failure === undefined);
  const work = finished.reduce((sum, { workSeconds }) => sum + workSeconds, 0);
  const seconds = finished.reduce((sum, result) => sum + result.seconds, 0);
  return work === 0 ? null : seconds / work;
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number | null {
  return items.length === 0 ? null : items.filter(holds).length / items.length;
}
