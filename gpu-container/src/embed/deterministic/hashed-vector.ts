import { createHash } from 'node:crypto';
import { unitLength } from '../../vector/unit-length.ts';

const WORD_BYTES = 4;
const STATE_WORDS = 4;
const WORD_VALUES = 2 ** 32;

/**
 * A direction that looks random and is the same on every machine: the SHA-256 of
 * `seed` and the bytes seeds a generator, whose numbers from -1 to 1 are scaled to
 * unit length. Different bytes give vectors that have nothing to do with each other.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom
 * number generators", 2021), its state the first 16 bytes of the digest in
 * little-endian words: integers throughout, and no function whose last bit depends
 * on the machine.
 */
export function hashedVector(seed: string, bytes: Uint8Array, dims: number): Float32Array {
  const digest = createHash('sha256').update(`${seed}\0`).update(bytes).digest();
  const next = xoshiro128(
    Uint32Array.from({ length: STATE_WORDS }, (_, word) => digest.readUInt32LE(word * WORD_BYTES)),
  );
  return unitLength(Float32Array.from({ length: dims }, () => (next() / WORD_VALUES) * 2 - 1));
}

/** @param state four words, not all of them 0, which it works on */
function xoshiro128(state: Uint32Array): () => number {
  return () => {
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const mixedC = c ^ a;
    const mixedD = d ^ b;
    state.set([a ^ mixedD, b ^ mixedC, mixedC ^ (b << 9), rotateLeft(mixedD, 11)]);
    return result;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
