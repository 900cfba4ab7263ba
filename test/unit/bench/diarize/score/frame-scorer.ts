import type { DiarizationErrors } from '../../../../../bench/diarize/score/diarization-error.ts';
import { speakersOf, type Turn } from '../../../../../bench/diarize/score/turn.ts';
import { everyPairing, totalOf } from './every-pairing.ts';

/** Scores every millisecond and tries every pairing: slow, and plainly right. Times are whole ms. */
export function scoreByFrames(
  reference: readonly Turn[],
  hypothesis: readonly Turn[],
  recordingMs: number,
  collarMs: number,
): DiarizationErrors {
  const people = speakersOf(reference).map((name) => spokenFrames(reference, name, recordingMs));
  const voices = speakersOf(hypothesis).map((name) => spokenFrames(hypothesis, name, recordingMs));
  const scored = new Uint8Array(recordingMs).fill(1);
  for (const spoken of people) {
    for (let ms = 0; ms <= recordingMs; ms++) {
      if ((spoken[ms - 1] ?? 0) !== (spoken[ms] ?? 0)) {
        scored.fill(0, Math.max(0, ms - collarMs), ms + collarMs);
      }
    }
  }
  const overlaps = people.map((person) =>
    voices.map((voice) => person.reduce((sum, speaks, ms) => sum + (speaks & voice[ms]!), 0)),
  );
  let pairing: readonly (number | undefined)[] = [];
  for (const other of everyPairing(people.length, voices.length)) {
    pairing = totalOf(overlaps, other) > totalOf(overlaps, pairing) ? other : pairing;
  }
  const errors = { missed: 0, falseAlarm: 0, confusion: 0, total: 0 };
  for (let ms = 0; ms < recordingMs; ms++) {
    if (scored[ms] === 1) {
      const speaking = people.filter((person) => person[ms] === 1).length;
      const found = voices.filter((voice) => voice[ms] === 1).length;
      const right = people.filter((person, index) => {
        const voice = pairing[index];
        return person[ms] === 1 && voice !== undefined && voices[voice]![ms] === 1;
      }).length;
      errors.total += speaking / 1000;
      errors.missed += Math.max(0, speaking - found) / 1000;
      errors.falseAlarm += Math.max(0, found - speaking) / 1000;
      errors.confusion += (Math.min(speaking, found) - right) / 1000;
    }
  }
  return errors;
}

function spokenFrames(turns: readonly Turn[], speaker: string, recordingMs: number): Uint8Array {
  const frames = new Uint8Array(recordingMs);
  for (const turn of turns.filter((one) => one.speaker === speaker)) {
    frames.fill(1, Math.max(0, Math.round(turn.start * 1000)), Math.round(turn.end * 1000));
  }
  return frames;
}
