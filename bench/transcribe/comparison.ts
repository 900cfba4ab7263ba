import { errorRate, pooled } from '../accuracy/edit-counts.ts';
import { countWords, type Score, score } from '../accuracy/score.ts';
import type { DecodedRecording } from './inputs.ts';
import type { SideReport } from './run-side.ts';
import type { SideInput } from './side-messages.ts';

/** The name of all recordings of the folder together, in the table of speed. */
export const WHOLE_FOLDER = 'data folder';

/** What ran: ours without word times, as the peer is; ours as the product has it; the peer. */
export type Sides = {
  ours: SideReport;
  oursWithWords: SideReport;
  peer: SideReport | undefined;
};

export type Speed = {
  name: string;
  /** Media that every side came to the end of; what one failed on is timed for none. */
  seconds: number;
  /** Seconds of media per second of work; null where there is no such media. */
  rtfx: number | null;
  rtfxWithWords: number | null;
  peerRtfx: number | null;
  ratio: number | null;
  ratioWithWords: number | null;
};

function speed(name: string, inputs: readonly SideInput[], sides: Sides): Speed {
  const all = [sides.ours, sides.oursWithWords, ...(sides.peer === undefined ? [] : [sides.peer])];
  const finished = inputs.filter((input) => all.every((side) => isFinished(input, side)));
  const seconds = sum(finished.map((input) => input.seconds));
  const rtfxOf = ({ results }: SideReport) =>
    seconds === 0 ? null : seconds / sum(finished.map((input) => results.get(input.name)!.seconds));
  const rtfx = rtfxOf(sides.ours);
  const rtfxWithWords = rtfxOf(sides.oursWithWords);
  const peerRtfx = sides.peer === undefined ? null : rtfxOf(sides.peer);
  const toPeer = (own: number | null) =>
    own === null || peerRtfx === null ? null : own / peerRtfx;
  return {
    ...{ name, seconds, rtfx, rtfxWithWords, peerRtfx },
    ...{ ratio: toPeer(rtfx), ratioWithWords: toPeer(rtfxWithWords) },
  };
}

function isFinished({ name }: SideInput, { results }: SideReport): boolean {
  const result = results.get(name);
  return result !== undefined && result.failure === undefined;
}

/** The speed on each made input, and on the recordings of the folder together. */
export function speeds(
  loops: readonly SideInput[],
  recordings: readonly DecodedRecording[],
  sides: Sides,
): Speed[] {
  const folder = recordings.map(({ input }) => input);
  return [
    ...loops.map((input) => speed(input.name, [input], sides)),
    ...(folder.length === 0 ? [] : [speed(WHOLE_FOLDER, folder, sides)]),
  ];
}

/** The speed that stands for the run: that on the longest made input, where there is one. */
export function headline(all: readonly Speed[]): Speed | undefined {
  const made = all.filter(({ name }) => name !== WHOLE_FOLDER);
  return made.toSorted((a, b) => b.seconds - a.seconds)[0] ?? all[0];
}

export type Accuracy = {
  file: string;
  language: string;
  ours: Score;
  peer: Score | null;
};

/** Errors on each recording with a reference; a side that failed wrote nothing, so it deleted all. */
export function accuracies(
  recordings: readonly DecodedRecording[],
  { ours, peer }: Sides,
): Accuracy[] {
  return recordings.flatMap(({ file, text, language = 'en', isSpeechless }) =>
    text === undefined || isSpeechless
      ? []
      : [
          {
            file,
            language,
            ours: score(text, textOf(file, ours), language),
            peer: peer === undefined ? null : score(text, textOf(file, peer), language),
          },
        ],
  );
}

/** The error rate over several recordings, as if they were one. */
export function totalErrorRate(scores: readonly (Score | null)[]): number | null {
  return errorRate(pooled(scores.filter((one) => one !== null))) ?? null;
}

export type InventedText = {
  files: number;
  /** Files that got any text, and how many words they got together. */
  filesWithText: number;
  words: number;
  peerFilesWithText: number | null;
  peerWords: number | null;
};

/** What each side wrote down of recordings in which nobody speaks. */
export function inventedText(
  recordings: readonly DecodedRecording[],
  { ours, peer }: Sides,
): InventedText {
  const files = recordings.filter(({ isSpeechless }) => isSpeechless).map(({ file }) => file);
  const wordsOf = (side: SideReport) => files.map((file) => countWords(textOf(file, side)));
  const own = wordsOf(ours);
  const theirs = peer && wordsOf(peer);
  return {
    files: files.length,
    filesWithText: own.filter((words) => words > 0).length,
    words: sum(own),
    peerFilesWithText: theirs?.filter((words) => words > 0).length ?? null,
    peerWords: theirs === undefined ? null : sum(theirs),
  };
}

function textOf(file: string, side: SideReport): string {
  return side.results.get(file)?.text ?? '';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
