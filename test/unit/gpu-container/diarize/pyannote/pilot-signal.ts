import { addPilot, type Voice } from '../../../../environment/diarization-models.ts';
import { seededRandom } from '../cluster/seeded-vectors.ts';

export const SAMPLE_RATE = 16_000;

export type PilotTurn = { voice: Voice; start: number; end: number };

/** Noise in which voices of generated models speak. */
export function pilotSignal(seconds: number, turns: readonly PilotTurn[], seed = 1): Float32Array {
  const random = seededRandom(seed);
  const samples = Float32Array.from(
    { length: Math.round(seconds * SAMPLE_RATE) },
    () => 0.02 * (random() - 0.5),
  );
  for (const { voice, start, end } of turns) {
    addPilot(samples, voice, start, end);
  }
  return samples;
}
