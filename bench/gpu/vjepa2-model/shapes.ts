/** Sizes of V-JEPA 2's encoder. */
export type Vjepa2Shape = {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
};

/** ViT-L of Assran et al., "V-JEPA 2", 2025, and one for trying the bench out. */
export const VJEPA2_SHAPES = {
  'vit-l': { layers: 24, width: 1024, heads: 16 },
  miniature: { layers: 2, width: 64, heads: 2 },
} as const satisfies Record<string, Vjepa2Shape>;

export type Vjepa2ShapeName = keyof typeof VJEPA2_SHAPES;

/** Frames and pixels that a token sees. */
export const TUBELET = [2, 16, 16] as const;
/** Patches of a frame from left to right, and from top to bottom. */
export const PATCHES_ACROSS = 16;
export const FEED_FORWARD = 4;
