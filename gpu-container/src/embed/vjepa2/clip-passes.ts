import { itemsPerPass } from '../../onnx/pass-size.ts';
import type { RgbImage } from '../image/rgb-image.ts';
import { FRAMES_PER_SLICE, poolSlices, TOKENS_PER_SLICE, type VideoTokens } from './time-slices.ts';
import type { Vjepa2 } from './vjepa2.ts';

/** What a token takes in single precision: 4096 numbers and less, half a dozen such at a time. */
const GPU_BYTES_PER_TOKEN = 96 * 2 ** 10;

/** With more a GPU is no faster for each. */
const TOKENS_PER_PASS = 16_384;

/** A clip that is to be encoded. */
export type Clip = {
  /** Its frames, as `vjepa2Crop` makes them; an even number. */
  readonly crops: readonly RgbImage[];
  readonly wantsTokens: boolean;
};

export type EncodedClip = {
  /** The mean token of each slice, [slices, dims]. */
  readonly slices: readonly Float32Array[];
  /** Where they were wanted. */
  readonly tokens?: VideoTokens;
};

/**
 * How many clips a GPU is given at a time: few long ones, many short ones.
 *
 * @param frames of each
 * @param freeBytes of device memory; 4 GiB where nobody measured it
 */
export function clipsPerPass(frames: number, freeBytes?: number): number {
  const tokens = (frames / FRAMES_PER_SLICE) * TOKENS_PER_SLICE;
  return itemsPerPass({
    bytesPerItem: tokens * GPU_BYTES_PER_TOKEN,
    freeBytes,
    most: TOKENS_PER_PASS / tokens,
  });
}

/**
 * Encodes clips in as few passes as there may be: those of one length together, where
 * the encoder takes several and nobody wants their tokens.
 *
 * @returns for each clip, in their order
 */
export async function encodeClips<Pixels extends Float32Array | Uint8Array>(
  encoder: Vjepa2<Pixels>,
  clips: readonly Clip[],
  freeBytes?: number,
): Promise<EncodedClip[]> {
  const encoded = new Map<Clip, EncodedClip>();
  const shared = encoder.encodeSlices ? clips.filter(({ wantsTokens }) => !wantsTokens) : [];
  for (const pass of passesOf(shared, freeBytes)) {
    const pixels = pass.map(({ crops }) => encoder.pixelsOf(crops));
    const slices = await encoder.encodeSlices!(pixels);
    for (const [index, clip] of pass.entries()) {
      encoded.set(clip, { slices: slices[index]! });
    }
  }
  for (const clip of clips.filter((each) => !encoded.has(each))) {
    const tokens = await encoder.encode(encoder.pixelsOf(clip.crops));
    encoded.set(clip, { slices: poolSlices(tokens), ...(clip.wantsTokens && { tokens }) });
  }
  return clips.map((clip) => encoded.get(clip)!);
}

function passesOf(clips: readonly Clip[], freeBytes: number | undefined): Clip[][] {
  const byFrames = Map.groupBy(clips, ({ crops }) => crops.length);
  return [...byFrames].flatMap(([frames, alike]) => {
    const size = clipsPerPass(frames, freeBytes);
    return Array.from({ length: Math.ceil(alike.length / size) }, (_, pass) =>
      alike.slice(pass * size, (pass + 1) * size),
    );
  });
}
