import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readModel, writeModel } from '../../gpu-container/src/onnx/graph/model-file.ts';
import { writeVisionGraph } from '../embed/clip-model/vision-graph.ts';
import { VIT_B32, type VisionShape } from '../embed/clip-model/vision-shape.ts';
import { randomVisionWeights } from '../embed/clip-model/vision-weights.ts';
import { inHalfPrecision } from './half-precision.ts';

/** The published size, and one for trying the bench out. */
export const CLIP_SHAPES = {
  'vit-b32': VIT_B32,
  miniature: { ...VIT_B32, layers: 2, width: 64, mlpWidth: 256, heads: 2 },
} as const satisfies Record<string, VisionShape>;

const SEED = 20210226;

/** Writes CLIP's vision transformer with seeded random weights, unless it is there; gives its path. */
export async function layOutVision(
  shape: keyof typeof CLIP_SHAPES,
  precision: 'fp32' | 'fp16',
  parent: string,
): Promise<string> {
  const path = join(parent, `clip-${shape}-${precision}.onnx`);
  if (!existsSync(path)) {
    const sizes = CLIP_SHAPES[shape];
    const bytes = writeVisionGraph(sizes, randomVisionWeights(sizes, SEED));
    const half = () => writeModel(inHalfPrecision(readModel(bytes)));
    await mkdir(parent, { recursive: true });
    await writeFile(`${path}.partial`, precision === 'fp16' ? half() : bytes);
    await rename(`${path}.partial`, path);
  }
  return path;
}
