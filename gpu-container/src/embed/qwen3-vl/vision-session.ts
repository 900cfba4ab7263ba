import { floatsOf, floatTensor, floatTypeOf } from '../../onnx/float-tensor.ts';
import { openSession, type SessionOptions } from '../../onnx/session.ts';
import { int64Tensor } from './int64-tensor.ts';
import { PATCH_LENGTH } from './patches.ts';
import { cellsOf, gridPositions, tokenGrid, type VisionGrid } from './vision-grid.ts';

/** What the vision tower makes of slices, token by token. */
export type VisualTokens = {
  readonly count: number;
  /** [count, hidden]: what goes in place of a prompt's visual tokens */
  readonly embeds: Float32Array;
  /** [levels, count, hidden]: what is added to them after each of the first layers (DeepStack, Meng et al. 2024) */
  readonly deepstack: Float32Array;
};

/** The half of Qwen3-VL that sees. */
export type Qwen3Vision = {
  /**
   * Looks at one slice; others are nothing to it.
   *
   * @param patches [patches, 1536], as `slicePatches` makes them
   * @throws RangeError for patches that are not the grid's
   */
  look(patches: Float32Array, grid: VisionGrid): Promise<VisualTokens>;
  dispose(): Promise<void>;
};

const PIXELS = 'pixel_values';
const WEIGHTS = 'interpolation_weights';
const OUTPUTS = ['image_embeds', 'deepstack_embeds'] as const;

/**
 * Loads the vision tower that gpu-container/models/export/qwen3-vl-embedding.py exports:
 * - `pixel_values` float [slices, patches, 1536]
 * - `position_ids` int64 [patches, 2]
 * - `interpolation_indices` int64 and `interpolation_weights` float [patches, 4]
 * - → `image_embeds` float [slices, tokens, hidden], `deepstack_embeds` float [levels, slices, tokens, hidden]
 *
 * @throws RangeError when the file is no such model
 * @throws ReelscribeError GPU_UNAVAILABLE as {@link openSession}
 */
export async function openQwen3Vision({
  path,
  ...options
}: { path: string } & SessionOptions): Promise<Qwen3Vision> {
  const session = await openSession(path, options);
  const pixelType = floatTypeOf(session, PIXELS);
  const weightType = floatTypeOf(session, WEIGHTS);
  return {
    async look(patches, grid) {
      const patchCount = cellsOf(grid);
      if (patches.length !== patchCount * PATCH_LENGTH) {
        throw new RangeError(`${patches.length} numbers are not ${patchCount} patches`);
      }
      const { positions, tableRows, tableWeights } = gridPositions(grid);
      const outputs = await session.run(
        {
          [PIXELS]: floatTensor(pixelType, patches, [1, patchCount, PATCH_LENGTH]),
          position_ids: int64Tensor(positions, [patchCount, 2]),
          interpolation_indices: int64Tensor(tableRows, [patchCount, 4]),
          [WEIGHTS]: floatTensor(weightType, tableWeights, [patchCount, 4]),
        },
        OUTPUTS,
      );
      const count = cellsOf(tokenGrid(grid));
      const [, tokens] = outputs.image_embeds.dims;
      if (tokens !== count) {
        throw new RangeError(`The model makes ${tokens} tokens of ${patchCount} patches`);
      }
      return {
        count,
        embeds: floatsOf(outputs.image_embeds),
        deepstack: floatsOf(outputs.deepstack_embeds),
      };
    },
    dispose: () => session.dispose(),
  };
}
