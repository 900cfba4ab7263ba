import { cosineSimilarity } from '../../gpu-container/src/vector/similarity.ts';
import type { PictureFile } from './sides/messages.ts';
import type { Sides } from './turns.ts';

/** How alike embeddings are, as cosines. */
export type Agreement = {
  /** Of the two sides' embeddings of the same picture: the least, and the mean. */
  readonly least: number;
  readonly mean: number;
  /** Of our embeddings of neighbouring pictures, on average: what the others would be if sides mixed pictures up. */
  readonly neighbours: number;
};

type Vectors = readonly (readonly number[])[];

const BATCH = 8;

/** Embeds the same pictures on both sides; null without a peer. */
export async function checkAgreement(
  { ours, peer }: Sides,
  pictures: PictureFile,
): Promise<Agreement | null> {
  if (peer === undefined) {
    return null;
  }
  const task = { kind: 'embed', pictures, batch: BATCH, wantsVectors: true } as const;
  const own = await ours.run(task);
  const theirs = await peer.run(task);
  return agreementOf(own.vectors!, theirs.vectors!);
}

/**
 * @param ours [pictures, dims], at least two
 * @param peer of the same pictures
 */
export function agreementOf(ours: Vectors, peer: Vectors): Agreement {
  const [own, theirs] = [ours, peer].map((rows) => rows.map((row) => Float32Array.from(row)));
  const same = own!.map((vector, index) => cosineSimilarity(vector, theirs![index]!));
  const neighbours = own!.slice(1).map((vector, index) => cosineSimilarity(vector, own![index]!));
  return { least: Math.min(...same), mean: mean(same), neighbours: mean(neighbours) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
