import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLE_RATE } from '../../gpu-container/src/decode/pcm.ts';
import { writeLoop } from '../transcribe/loop-recording.ts';
import { makeConversation, type Voice } from './mixture/conversation.ts';
import { FEWEST_SPEAKERS } from './mixture/mixtures.ts';
import { createRandom } from './mixture/random.ts';
import { speakersOf, type Turn } from './score/turn.ts';

const LONG_VOICES = 6;
const TURNS_PER_VOICE = 10;

/** A recording of hours, on disk. */
export type LongInput = {
  /** Raw 32-bit samples at 16 kHz. */
  pcmPath: string;
  speakers: number;
  turns: readonly Turn[];
};

/**
 * Writes a conversation of six voices (of all, where they are fewer) again and
 * again, until it is so long; only one round is held in memory.
 *
 * @returns undefined where there are not even two voices
 */
export async function writeLongInput(
  voices: readonly Voice[],
  { seconds, seed, scratchDir }: { seconds: number; seed: number; scratchDir: string },
): Promise<LongInput | undefined> {
  if (voices.length < FEWEST_SPEAKERS) {
    return undefined;
  }
  const chosen = createRandom(seed).shuffled(voices).slice(0, LONG_VOICES);
  const round = makeConversation(chosen, { seed, turnsPerVoice: TURNS_PER_VOICE });
  const roundPath = join(scratchDir, 'long-round.f32');
  const pcmPath = join(scratchDir, 'long.f32');
  await writeFile(roundPath, round.samples);
  await writeLoop([roundPath], seconds, pcmPath);
  const turns = repeatTurns(round.turns, round.samples.length / SAMPLE_RATE, seconds);
  return { pcmPath, speakers: speakersOf(turns).length, turns };
}

/** The turns of a recording that begins anew every so many seconds, up to its end. */
export function repeatTurns(turns: readonly Turn[], roundSeconds: number, seconds: number): Turn[] {
  const rounds = Array.from({ length: Math.ceil(seconds / roundSeconds) }, (_, round) => round);
  return rounds
    .flatMap((round) =>
      turns.map(({ start, end, speaker }) => ({
        start: start + round * roundSeconds,
        end: Math.min(seconds, end + round * roundSeconds),
        speaker,
      })),
    )
    .filter(({ start, end }) => start < end);
}
