import type { ImageSize } from '../image/rgb-image.ts';
import { MERGE_SIZE, PATCH_SIZE } from './smart-resize.ts';

/** The patches of a picture, counted. */
export type VisionGrid = { readonly rows: number; readonly columns: number };

/** Where the patches of one picture are, in the order the vision tower takes them. */
export type GridPositions = {
  /** [patches, 2]: row and column */
  readonly positions: number[];
  /** [patches, 4]: rows of the table of learned positions */
  readonly tableRows: number[];
  /** [patches, 4]: what each of them counts */
  readonly tableWeights: Float32Array;
};

/** Positions of a side of the learned table: `num_position_embeddings` is 48 · 48 in every size of the model. */
export const TABLE_SIDE = 48;

/** @throws RangeError for a size that is not of whole tokens */
export function visionGrid({ width, height }: ImageSize): VisionGrid {
  const [rows, columns] = [height / PATCH_SIZE, width / PATCH_SIZE];
  if (!isWholeTokens(rows) || !isWholeTokens(columns)) {
    throw new RangeError(`${width} by ${height} pixels are not whole tokens`);
  }
  return { rows, columns };
}

/** The grid of what is left when each square of patches has become a token. */
export function tokenGrid({ rows, columns }: VisionGrid): VisionGrid {
  return { rows: rows / MERGE_SIZE, columns: columns / MERGE_SIZE };
}

export function cellsOf({ rows, columns }: VisionGrid): number {
  return rows * columns;
}

/**
 * The patches of a grid in the order the vision tower takes them: token by token in
 * rows, and within a token its patches in rows.
 */
export function* patchOrder(grid: VisionGrid): Generator<{ row: number; column: number }> {
  const tokens = tokenGrid(grid);
  for (let tokenRow = 0; tokenRow < tokens.rows; tokenRow++) {
    for (let tokenColumn = 0; tokenColumn < tokens.columns; tokenColumn++) {
      for (let cell = 0; cell < MERGE_SIZE * MERGE_SIZE; cell++) {
        yield {
          row: tokenRow * MERGE_SIZE + Math.floor(cell / MERGE_SIZE),
          column: tokenColumn * MERGE_SIZE + (cell % MERGE_SIZE),
        };
      }
    }
  }
}

/**
 * Rotary positions of the patches, and between which of the 48 by 48 learned positions
 * each of them lies: the grid is stretched over the table, corner to corner, and read
 * bilinearly (`fast_pos_embed_interpolate` and `rot_pos_emb` of transformers'
 * models/qwen3_vl/modeling_qwen3_vl.py).
 */
export function gridPositions(grid: VisionGrid): GridPositions {
  const patches = [...patchOrder(grid)];
  const corners = patches.map(({ row, column }) => {
    const down = between(row, grid.rows);
    const across = between(column, grid.columns);
    return down.flatMap((vertical) =>
      across.map((horizontal) => ({
        tableRow: vertical.index * TABLE_SIDE + horizontal.index,
        weight: vertical.weight * horizontal.weight,
      })),
    );
  });
  return {
    positions: patches.flatMap(({ row, column }) => [row, column]),
    tableRows: corners.flat().map(({ tableRow }) => tableRow),
    tableWeights: Float32Array.from(corners.flat(), ({ weight }) => weight),
  };
}

/** The two learned positions that one of `count` lies between, along a side, and what each counts. */
function between(index: number, count: number): { index: number; weight: number }[] {
  const last = TABLE_SIDE - 1;
  const place = count === 1 ? 0 : (index * last) / (count - 1);
  const below = Math.floor(place);
  return [
    { index: below, weight: 1 - (place - below) },
    { index: Math.min(last, below + 1), weight: place - below },
  ];
}

function isWholeTokens(patches: number): boolean {
  return patches > 0 && Number.isInteger(patches / MERGE_SIZE);
}
