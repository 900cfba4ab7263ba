import { optimalAssignment } from './optimal-assignment.ts';
import { mergeTurns, speakersOf, type Turn } from './turn.ts';

/** Seconds of speaker time: where two people speak at once, each second counts twice. */
export type DiarizationErrors = {
  /** Speech in the reference with nobody found. */
  missed: number;
  /** Speech found with nobody in the reference. */
  falseAlarm: number;
  /** Speech found, and given to another speaker. */
  confusion: number;
  /** Speech in the reference. */
  total: number;
};

export type ScoringOptions = {
  /** The whole recording is scored, as under dscore with the recording as its UEM. */
  recordingSeconds: number;
  /**
   * Not scored before and after each boundary of a reference turn, as in md-eval:
   * 0.25 leaves half a second out. (pyannote.metrics calls that a collar of 0.5.)
   * Default 0.
   */
  collarSeconds?: number;
};

type Event = {
  time: number;
  change: 1 | -1;
  kind: 'reference' | 'hypothesis' | 'collar';
  speaker: number;
};

/**
 * The parts of the diarization error rate, by the rules of NIST's md-eval.pl (The
 * 2009 RT evaluation plan, section 6.1): speakers are paired one to one so that
 * those of a pair speak together as long as possible, over the whole recording;
 * overlapping speech is scored; time within the collar is not. As dscore does,
 * turns of one speaker that overlap or touch are made one before.
 *
 * One sweep over all boundaries, so cost grows with turns and not with time.
 */
export function scoreDiarization(
  reference: readonly Turn[],
  hypothesis: readonly Turn[],
  { recordingSeconds, collarSeconds = 0 }: ScoringOptions,
): DiarizationErrors {
  const truth = mergeTurns(reference, recordingSeconds);
  const found = mergeTurns(hypothesis, recordingSeconds);
  const events = [
    ...speechEvents(truth, 'reference'),
    ...speechEvents(found, 'hypothesis'),
    ...(collarSeconds > 0 ? collarEvents(truth, collarSeconds) : []),
  ].sort((a, b) => a.time - b.time);

  const foundCount = speakersOf(found).length;
  const overlaps = speakersOf(truth).map(() => new Array<number>(foundCount).fill(0));
  const scoredOverlaps = overlaps.map((row) => [...row]);
  const speaking = { reference: new Set<number>(), hypothesis: new Set<number>() };
  const errors = { missed: 0, falseAlarm: 0, confusion: 0, total: 0 };
  let collars = 0;
  let time = 0;
  for (const event of events) {
    const seconds = event.time - time;
    if (seconds > 0) {
      addOverlaps(overlaps, speaking, seconds);
      if (collars === 0) {
        addOverlaps(scoredOverlaps, speaking, seconds);
        const people = speaking.reference.size;
        const voices = speaking.hypothesis.size;
        errors.total += people * seconds;
        errors.missed += Math.max(0, people - voices) * seconds;
        errors.falseAlarm += Math.max(0, voices - people) * seconds;
        errors.confusion += Math.min(people, voices) * seconds;
      }
      time = event.time;
    }
    if (event.kind === 'collar') {
      collars += event.change;
    } else if (event.change === 1) {
      speaking[event.kind].add(event.speaker);
    } else {
      speaking[event.kind].delete(event.speaker);
    }
  }
  // What both have is confused, but for what the pairs speak together.
  for (const [person, voice] of optimalAssignment(overlaps).entries()) {
    errors.confusion -= voice === undefined ? 0 : scoredOverlaps[person]![voice]!;
  }
  return { ...errors, confusion: Math.max(0, errors.confusion) };
}

function speechEvents(turns: readonly Turn[], kind: 'reference' | 'hypothesis'): Event[] {
  const indexes = new Map(speakersOf(turns).map((speaker, index) => [speaker, index]));
  return turns.flatMap(({ start, end, speaker }) => {
    const index = indexes.get(speaker)!;
    return [
      { time: start, change: 1 as const, kind, speaker: index },
      { time: end, change: -1 as const, kind, speaker: index },
    ];
  });
}

function collarEvents(turns: readonly Turn[], collarSeconds: number): Event[] {
  return turns.flatMap(({ start, end }) =>
    [start, end].flatMap((boundary) => [
      { time: boundary - collarSeconds, change: 1 as const, kind: 'collar' as const, speaker: -1 },
      { time: boundary + collarSeconds, change: -1 as const, kind: 'collar' as const, speaker: -1 },
    ]),
  );
}

function addOverlaps(
  overlaps: number[][],
  speaking: { reference: ReadonlySet<number>; hypothesis: ReadonlySet<number> },
  seconds: number,
): void {
  for (const person of speaking.reference) {
    for (const voice of speaking.hypothesis) {
      overlaps[person]![voice]! += seconds;
    }
  }
}

/** Diarization error rate; null where nobody speaks in the reference. It may exceed 1. */
export function diarizationErrorRate(errors: DiarizationErrors): number | null {
  const { missed, falseAlarm, confusion, total } = errors;
  return total === 0 ? null : (missed + falseAlarm + confusion) / total;
}

/** The errors in several recordings as if they were one, in which nobody speaks in two. */
export function pooledErrors(all: readonly DiarizationErrors[]): DiarizationErrors {
  const pooled = { missed: 0, falseAlarm: 0, confusion: 0, total: 0 };
  for (const errors of all) {
    pooled.missed += errors.missed;
    pooled.falseAlarm += errors.falseAlarm;
    pooled.confusion += errors.confusion;
    pooled.total += errors.total;
  }
  return pooled;
}
