/** How many speakers a chunk can tell apart. */
export const LOCAL_SPEAKERS = 3;

/**
 * The sets of speakers that the classes stand for, in the order of
 * pyannote.audio's Powerset: nobody, each alone, then the pairs. Bit s is
 * speaker s.
 */
const SPEAKERS_OF_CLASS = [0b000, 0b001, 0b010, 0b100, 0b011, 0b101, 0b110] as const;

export const POWERSET_CLASSES = SPEAKERS_OF_CLASS.length;

/**
 * Who speaks in each frame, by the likeliest class
 * (Plaquet and Bredin, https://arxiv.org/abs/2310.13025).
 *
 * @param logits [frames, 7], or any numbers that rise with probability; of equals the first class counts
 * @returns per frame a bit for each speaker that is active: none, one or two
 */
export function decodePowerset(logits: Float32Array): Uint8Array {
  return Uint8Array.from({ length: logits.length / POWERSET_CLASSES }, (_, frame) => {
    const start = frame * POWERSET_CLASSES;
    let likeliest = 0;
    for (let candidate = 1; candidate < POWERSET_CLASSES; candidate++) {
      if (logits[start + candidate]! > logits[start + likeliest]!) {
        likeliest = candidate;
      }
    }
    return SPEAKERS_OF_CLASS[likeliest]!;
  });
}

/** How many speakers a frame's bits name. */
export function activeSpeakers(bits: number): number {
  return (bits & 1) + ((bits >> 1) & 1) + ((bits >> 2) & 1);
}
