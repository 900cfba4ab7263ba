import { type Agreement, checkAgreement } from './agreement.ts';
import type { PictureFile } from './sides/messages.ts';
import { type Comparison, peakMemory, picturesPerSecond, type Sides, takeTurns } from './turns.ts';

export const BATCHES = [1, 8, 32] as const;

export type ModelFigures = {
  /** Of pictures that are as large as the model takes them, so that the graph alone decides. */
  readonly sameGraph: Agreement | null;
  /** Of frames of a video, which either side makes smaller in its own way. */
  readonly wholeFrames: Agreement | null;
  /** Pictures per second, from RGB to vectors, by pictures in a forward pass. */
  readonly perBatch: ReadonlyMap<number, Comparison>;
  /** Pictures per second that are made what the model takes, and no more. */
  readonly preparation: Comparison;
  readonly peakRssMb: { readonly ours: number; readonly peer: number | null };
};

export type ModelPictures = {
  /** As large as the model takes them. */
  readonly small: PictureFile;
  readonly frames: PictureFile;
};

/** Measures how fast pictures in memory are embedded, after a round that is not counted. */
export async function measureModels(
  sides: Sides,
  { small, frames }: ModelPictures,
  rounds: number,
  say: (line: string) => void,
): Promise<ModelFigures> {
  const sameGraph = await checkAgreement(sides, small);
  const wholeFrames = await checkAgreement(sides, frames);
  const prepared = await takeTurns(sides, { kind: 'prepare', pictures: frames }, rounds);
  const perBatch = new Map<number, Comparison>();
  const all = [prepared];
  for (const batch of BATCHES) {
    say(`Frames in batches of ${batch}`);
    const task = { kind: 'embed', pictures: frames, batch, wantsVectors: false } as const;
    await takeTurns(sides, task, 1);
    const turns = await takeTurns(sides, task, rounds);
    perBatch.set(batch, picturesPerSecond(turns));
    all.push(turns);
  }
  return {
    ...{ sameGraph, wholeFrames, perBatch },
    preparation: picturesPerSecond(prepared),
    peakRssMb: peakMemory(all),
  };
}
