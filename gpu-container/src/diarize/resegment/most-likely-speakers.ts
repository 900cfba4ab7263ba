/**
 * The most likely sequence of speakers (Viterbi, 1967): each step is
 * somebody's, by how well it fits them, and a change of speaker has a price.
 *
 * @param scores [steps, speakers] row by row: how well each step fits each speaker
 * @param changePrices [steps]: what it costs that the step is another speaker's than the one before
 * @returns a speaker for each step
 */
export function mostLikelySpeakers(
  scores: Float32Array,
  speakers: number,
  changePrices: Float32Array,
): Int32Array {
  const steps = changePrices.length;
  // Who was before each speaker: they themselves, or whoever was ahead of all.
  const stayed = new Uint8Array(steps * speakers);
  const leaders = new Int32Array(steps);
  let best = new Float64Array(speakers);
  for (let step = 0; step < steps; step++) {
    const leader = indexOfMax(best);
    leaders[step] = leader;
    const changed = best[leader]! - changePrices[step]!;
    const next = new Float64Array(speakers);
    for (let speaker = 0; speaker < speakers; speaker++) {
      const stays = best[speaker]! >= changed;
      stayed[step * speakers + speaker] = Number(stays);
      next[speaker] = (stays ? best[speaker]! : changed) + scores[step * speakers + speaker]!;
    }
    best = next;
  }
  const path = new Int32Array(steps);
  let speaker = indexOfMax(best);
  for (let step = steps - 1; step >= 0; step--) {
    path[step] = speaker;
    speaker = stayed[step * speakers + speaker] === 1 ? speaker : leaders[step]!;
  }
  return path;
}

function indexOfMax(values: Float64Array): number {
  let index = 0;
  for (let candidate = 1; candidate < values.length; candidate++) {
    if (values[candidate]! > values[index]!) {
      index = candidate;
    }
  }
  return index;
}
