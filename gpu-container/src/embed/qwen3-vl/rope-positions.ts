import { cellsOf, type VisionGrid } from './vision-grid.ts';

/** Of each token its place in time, down and across: three rows as long as the prompt. */
export type RopePositions = readonly [time: number[], row: number[], column: number[]];

/**
 * The positions of a prompt's tokens, for the interleaved multimodal rotary embedding.
 * A text counts on in all three. The tokens of a picture share one time and are laid out
 * in rows and columns from there; after it the count goes on where its longer side ends.
 * The slices of a video are pictures to it, since their times are written between them
 * (`get_rope_index` of transformers' models/qwen3_vl/modeling_qwen3_vl.py).
 *
 * @param isVisual of each token whether it stands for part of a picture; between two pictures there is text
 * @param grid of the tokens of each picture
 * @throws RangeError where the visual tokens are not whole pictures
 */
export function ropePositions(isVisual: readonly boolean[], grid: VisionGrid): RopePositions {
  const positions: RopePositions = [[], [], []];
  const [time, row, column] = positions;
  const cells = cellsOf(grid);
  let next = 0;
  for (let token = 0; token < isVisual.length; ) {
    if (!isVisual[token]) {
      time.push(next);
      row.push(next);
      column.push(next);
      next++;
      token++;
      continue;
    }
    const run = isVisual.slice(token, token + cells);
    if (run.length < cells || run.includes(false)) {
      throw new RangeError(`The prompt has no whole picture of ${cells} tokens at ${token}`);
    }
    for (let cell = 0; cell < cells; cell++) {
      time.push(next);
      row.push(next + Math.floor(cell / grid.columns));
      column.push(next + (cell % grid.columns));
    }
    next += Math.max(grid.rows, grid.columns);
    token += cells;
  }
  return positions;
}
