import { speakerLabel } from '#contracts/speaker-label.ts';
import type { Segment, Speaker, Turn } from '#contracts/transcript.ts';
import type { Diarization, SpeakerProfile, SpeakerTurn } from '../diarizer.ts';
import type { ChannelDiarization } from './channel-speakers.ts';
import { type SpeakerSearch, searchSpeakers } from './heard-speaker.ts';
import { endsSentence, settleWords } from './settle-words.ts';
import { type SpokenPiece, splitSegment } from './split-segment.ts';

type TimedSegment = Omit<Segment, 'id'>;

/** A transcription whose words have speakers. */
export type SpokenTranscription = {
  /** By their start; each has one speaker, and so have its words. */
  segments: TimedSegment[];
  /** By label. */
  speakers: Speaker[];
  turns: Turn[];
};

/** Milliseconds; then digits of scores, and of a vector that must keep its length. */
const TIME_DIGITS = 3;
const SCORE_DIGITS = 4;
const VECTOR_DIGITS = 6;

/**
 * Gives the words of a transcription to the speakers who say them.
 *
 * A word goes to whoever talks for most of it, or else nearest to it
 * ({@link searchSpeakers}), but for single words that punctuation shows to be
 * elsewhere ({@link settleWords}); a segment without words goes as a whole.
 * Segments are cut where the speaker changes and never joined. Labels go by who
 * is first heard to say a word; speakers of turns alone come after them, and who
 * has neither is left out. Where there are no turns nobody gets a word.
 *
 * @param segments by their start
 * @param diarization with `speakerOfChannel`, segments of a channel are its speaker's outright
 */
export function assignSpeakers(
  segments: readonly TimedSegment[],
  diarization: Diarization | ChannelDiarization,
): SpokenTranscription {
  const search = searchSpeakers(diarization.turns);
  const channels = 'speakerOfChannel' in diarization ? diarization.speakerOfChannel : undefined;
  const pieces = segments
    .flatMap((segment, index): SpokenPiece[] => {
      const known = segment.channel === undefined ? undefined : channels?.get(segment.channel);
      if (known !== undefined) {
        return [{ speaker: known, segment }];
      }
      const previous = segments[index - 1];
      return heardPieces(segment, previous === undefined || endsSentence(previous.text), search);
    })
    .toSorted((one, other) => one.segment.start - other.segment.start);
  const turnsOf = Map.groupBy(diarization.turns, ({ speaker }) => speaker);
  const labels = labelSpeakers(
    pieces.flatMap(({ speaker }) => (speaker === undefined ? [] : [speaker])),
    diarization.turns,
  );
  return {
    segments: pieces.map(({ speaker, segment }) =>
      speaker === undefined ? segment : labelSegment(segment, labels.get(speaker)!, search),
    ),
    speakers: [...labels].map(([speaker, label]) =>
      describeSpeaker(label, diarization.speakers[speaker]!, turnsOf.get(speaker) ?? []),
    ),
    turns: diarization.turns
      .map(({ start, end, speaker }) => ({
        start: toDigits(start, TIME_DIGITS),
        end: toDigits(end, TIME_DIGITS),
        speaker: labels.get(speaker)!,
      }))
      .toSorted((one, other) => one.start - other.start),
  };
}

function heardPieces(
  segment: TimedSegment,
  opensSentence: boolean,
  { heardIn, secondsOf }: SpeakerSearch,
): SpokenPiece[] {
  const { words = [] } = segment;
  // All words are somebody's, or none is, where there are no turns.
  const heard = words.map((word) => heardIn(word)).filter((speaker) => speaker !== undefined);
  return heard.length === 0
    ? [{ speaker: heardIn(segment), segment }]
    : splitSegment(segment, words, settleWords(words, heard, opensSentence, secondsOf));
}

/** Labels by index of the speaker, in the order of the labels. */
function labelSpeakers(
  ofPieces: readonly number[],
  turns: readonly SpeakerTurn[],
): Map<number, string> {
  const ofTurns = turns
    .toSorted((one, other) => one.start - other.start)
    .map(({ speaker }) => speaker);
  return new Map(
    [...new Set([...ofPieces, ...ofTurns])].map((speaker, index) => [speaker, speakerLabel(index)]),
  );
}

function labelSegment(
  segment: TimedSegment,
  speaker: string,
  { isCrosstalk }: SpeakerSearch,
): TimedSegment {
  const words = segment.words?.map((word) => ({
    ...word,
    speaker,
    ...(isCrosstalk(word) && { overlap: true as const }),
  }));
  const overlap = words?.length ? words.some((word) => word.overlap) : isCrosstalk(segment);
  return {
    ...segment,
    speaker,
    ...(overlap && { overlap: true as const }),
    ...(words && { words }),
  };
}

function describeSpeaker(
  label: string,
  profile: SpeakerProfile,
  turns: readonly SpeakerTurn[],
): Speaker {
  const talkSeconds = turns.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    label,
    talkSeconds: toDigits(talkSeconds, TIME_DIGITS),
    confidence: toDigits(profile.confidence, SCORE_DIGITS),
    ...(profile.embedding && {
      embedding: Array.from(profile.embedding, (value) => toDigits(value, VECTOR_DIGITS)),
    }),
  };
}

function toDigits(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
