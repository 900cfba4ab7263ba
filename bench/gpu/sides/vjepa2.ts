import { openVjepa2OfBytes } from '../../../gpu-container/src/embed/vjepa2/vjepa2-of-bytes.ts';
import { VJEPA2_FRAME_SHAPE } from '../../../gpu-container/src/embed/vjepa2/vjepa2-preprocessing.ts';
import { madeBytes } from '../made-bytes.ts';
import type { Setup } from './messages.ts';
import { serveSide } from './serve-side.ts';
import { medianSeconds } from './timing.ts';

/** Clips through the product's V-JEPA 2, as it runs on a GPU: to the mean token of each slice. */
export type Vjepa2Request = Setup & {
  readonly path: string;
  /** So many clips at a time, of so many frames each. */
  readonly clips: readonly { readonly frames: number; readonly batch: number }[];
};

const FRAME_LENGTH = VJEPA2_FRAME_SHAPE.reduce((product, side) => product * side, 1);

await serveSide(async ({ device, rounds, path, clips: kinds }: Vjepa2Request, tell) => {
  const encoder = await openVjepa2OfBytes({ path, device });
  for (const { frames, batch } of kinds) {
    const clips = Array.from({ length: batch }, (_, clip) =>
      madeBytes(frames * FRAME_LENGTH, clip),
    );
    const seconds = await medianSeconds(rounds, () => encoder.encodeSlices!(clips));
    const clipsPerSecond = batch / seconds;
    tell({ measured: 'vjepa2', side: 'ours', frames, batch, clipsPerSecond });
  }
});
