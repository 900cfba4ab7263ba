import type { Speaker } from '#contracts/transcript.ts';

/** A voice that somebody gave the name of, by its embedding of unit length. */
export type KnownVoiceEmbedding = { readonly name: string; readonly embedding: Float32Array };

/** That a speaker sounds like a known voice, by cosine similarity. */
export type VoiceMatch = {
  readonly label: string;
  readonly name: string;
  readonly similarity: number;
};

export type VoiceMatches = {
  readonly matches: readonly VoiceMatch[];
  /** Names of the voices that no speaker has, in the order given. */
  readonly notFound: readonly string[];
};

const SIMILARITY_DIGITS = 4;

/**
 * Finds known voices among the speakers, one speaker to a voice and one voice to
 * a speaker: the most similar pair first, then the most similar of those that
 * remain, as long as they are similar enough. That is not always the assignment
 * with the largest sum, but a clear match never gives way to a doubtful one.
 *
 * @param speakers without an embedding they match nobody
 * @param sameVoiceSimilarity cosine from which on two embeddings are of one voice
 */
export function matchVoices(
  speakers: readonly Speaker[],
  voices: readonly KnownVoiceEmbedding[],
  sameVoiceSimilarity: number,
): VoiceMatches {
  const pairs = speakers
    .flatMap(({ label, embedding }) =>
      embedding === undefined
        ? []
        : voices.map((voice) => ({
            label,
            name: voice.name,
            similarity: dotProduct(embedding, voice.embedding),
          })),
    )
    .filter(({ similarity }) => similarity >= sameVoiceSimilarity)
    .toSorted((one, other) => other.similarity - one.similarity);
  const matches: VoiceMatch[] = [];
  for (const { label, name, similarity } of pairs) {
    if (!matches.some((match) => match.label === label || match.name === name)) {
      const written = Number(Math.min(1, similarity).toFixed(SIMILARITY_DIGITS));
      matches.push({ label, name, similarity: written });
    }
  }
  const found = new Set(matches.map(({ name }) => name));
  return {
    matches,
    notFound: voices.map(({ name }) => name).filter((name) => !found.has(name)),
  };
}

function dotProduct(one: readonly number[], other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}
