import type { Random } from './random.ts';

/**
 * Who speaks after whom: everybody equally often, and nobody twice in a row.
 *
 * @returns indices of voices
 */
export function turnOrder(voices: number, turnsPerVoice: number, random: Random): number[] {
  const left = new Array<number>(voices).fill(turnsPerVoice);
  const order: number[] = [];
  for (let turns = voices * turnsPerVoice; turns > 0; turns--) {
    const last = order.at(-1);
    const others = left.map((count, voice) => (voice === last ? 0 : count));
    // Whoever has more than half of the turns left has to speak now: not all would find a place later.
    const due = others.findIndex((count) => 2 * count > turns);
    const isAlone = others.every((count) => count === 0);
    const voice = due === -1 ? random.weighted(isAlone ? left : others) : due;
    order.push(voice);
    left[voice]!--;
  }
  return order;
}
