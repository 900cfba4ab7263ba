import type { Prompt } from './prompt.ts';
import type { VisualTokens } from './vision-session.ts';

/** A prompt and what its pictures look like, in their order. */
export type SeenPrompt = { readonly prompt: Prompt; readonly visuals: readonly VisualTokens[] };

/** The visual tokens of the prompts of a pass in one table, whose row 0 is nothing. */
export type VisualRows = {
  readonly rowCount: number;
  /** [rowCount, hidden] */
  readonly embeds: Float32Array;
  /** [levels, rowCount, hidden] */
  readonly deepstack: Float32Array;
  /** Of each prompt, of each token: its row, or 0. */
  readonly rowsOfPrompts: readonly number[][];
};

/**
 * Gathers what the pictures of prompts look like.
 *
 * @throws RangeError where a prompt has more or fewer visual tokens than its pictures, or theirs are of another length
 */
export function placeVisuals(
  prompts: readonly SeenPrompt[],
  { hidden, levels }: { hidden: number; levels: number },
): VisualRows {
  const visuals = prompts.flatMap((prompt) => prompt.visuals);
  const rowCount = 1 + visuals.reduce((sum, { count }) => sum + count, 0);
  const embeds = new Float32Array(rowCount * hidden);
  const deepstack = new Float32Array(levels * rowCount * hidden);
  let row = 1;
  for (const { count, embeds: seen, deepstack: deeper } of visuals) {
    const length = count * hidden;
    if (seen.length !== length || deeper.length !== levels * length) {
      throw new RangeError(`The halves of the model do not fit: ${seen.length} is not ${length}`);
    }
    embeds.set(seen, row * hidden);
    for (let level = 0; level < levels; level++) {
      const part = deeper.subarray(level * length, (level + 1) * length);
      deepstack.set(part, (level * rowCount + row) * hidden);
    }
    row += count;
  }
  return { rowCount, embeds, deepstack, rowsOfPrompts: numberRows(prompts) };
}

function numberRows(prompts: readonly SeenPrompt[]): number[][] {
  let next = 1;
  return prompts.map(({ prompt, visuals }) => {
    const first = next;
    const rows = prompt.isVisual.map((isVisual) => (isVisual ? next++ : 0));
    const count = visuals.reduce((sum, visual) => sum + visual.count, 0);
    if (next - first !== count) {
      throw new RangeError(`A prompt for ${next - first} visual tokens is given ${count}`);
    }
    return rows;
  });
}
