/** Sizes of CLIP's vision transformer. */
export type VisionShape = {
  readonly layers: number;
  /** Numbers of a position between layers. */
  readonly width: number;
  readonly mlpWidth: number;
  readonly heads: number;
  /** Pixels of a side. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Numbers of an embedding. */
  readonly dims: number;
};

/** ViT-B/32 of Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, table 20. */
export const VIT_B32: VisionShape = {
  layers: 12,
  width: 768,
  mlpWidth: 3072,
  heads: 12,
  imageSize: 224,
  patchSize: 32,
  dims: 512,
};

/** Positions that the layers see: the patches, and the class before them. */
export function positionsOf({ imageSize, patchSize }: VisionShape): number {
  return (imageSize / patchSize) ** 2 + 1;
}
