import type { RgbImage } from '../../../../../gpu-container/src/embed/image/rgb-image.ts';
import {
  HIDDEN,
  INNER,
  LEVELS,
  type Matrix,
  MEMORY,
  QWEN3_VL_WEIGHTS as W,
} from '../../../../environment/qwen3-vl-model.ts';
import { QWEN3_VL_TOKENIZER } from '../../../../environment/qwen3-vl-tokenizer.ts';

/** A part of a prompt: a text, or the two frames of a slice. */
export type Part = string | readonly [RgbImage, RgbImage];

/**
 * The embedding that the generated network has of a prompt, computed from its
 * definition number by number: no graph, no tensors, no code of the worker.
 *
 * @param parts of the prompt in full, its special tokens written out; texts that touch are one
 */
export function evaluatedEmbedding(parts: readonly Part[]): number[] {
  const tokens: { inner: number[]; levels?: number[][]; place: number[] }[] = [];
  let next = 0;
  for (const part of joinedTexts(parts)) {
    if (typeof part === 'string') {
      for (const id of tokenIds(part)) {
        tokens.push({ inner: rowOf(W.tokens, id), place: [next, next, next] });
        next++;
      }
      continue;
    }
    const seen = seenTokens(part);
    const columns = part[0].width / 32;
    const rows = part[0].height / 32;
    for (const [index, inner] of seen.entries()) {
      tokens.push({
        inner,
        levels: W.levels.map((level) => product(inner, level)),
        place: [next, next + Math.floor(index / columns), next + (index % columns)],
      });
    }
    next += Math.max(rows, columns);
  }

  const turned = tokens.map(({ place }) => product(place, W.rope).map(Math.sin));
  const embedding: number[] = [];
  for (let dim = 0; dim < HIDDEN; dim++) {
    const widened = (inner: readonly number[]) => {
      let sum = 0;
      for (let row = 0; row < INNER; row++) {
        sum += inner[row]! * W.widen.values[row * HIDDEN + dim]!;
      }
      return sum;
    };
    let hidden = tokens.map(({ inner }, at) => Math.tanh(widened(inner) + widened(turned[at]!)));
    for (let level = 0; level < LEVELS; level++) {
      let past = 0;
      hidden = hidden.map((value, at) => {
        past += value;
        const deeper = tokens[at]!.levels?.[level];
        return Math.tanh(value + MEMORY * past) + (deeper === undefined ? 0 : widened(deeper));
      });
    }
    embedding.push(hidden.at(-1)!);
  }
  const length = Math.hypot(...embedding);
  return embedding.map((value) => value / length);
}

function joinedTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (typeof part === 'string' && typeof before === 'string') {
      joined[joined.length - 1] = before + part;
    } else {
      joined.push(part);
    }
  }
  return joined;
}

/** [tokens, 8]: what the vision tower makes of a slice, before it is widened. */
function seenTokens(slice: readonly [RgbImage, RgbImage]): number[][] {
  const [{ width, height }] = slice;
  const [rows, columns] = [height / 16, width / 16];
  const patches = new Map<string, number[]>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const sums = new Array<number>(INNER).fill(0);
      let at = 0;
      for (let colour = 0; colour < 3; colour++) {
        for (const { data } of slice) {
          for (let y = row * 16; y < row * 16 + 16; y++) {
            for (let x = column * 16; x < column * 16 + 16; x++, at++) {
              const level = data[(y * width + x) * 3 + colour]! / 127.5 - 1;
              for (let inner = 0; inner < INNER; inner++) {
                sums[inner]! += level * W.patch.values[at * INNER + inner]!;
              }
            }
          }
        }
      }
      const learned = learnedPosition((row * 47) / (rows - 1), (column * 47) / (columns - 1));
      const place = product([row, column], W.place).map(Math.sin);
      patches.set(
        `${row},${column}`,
        sums.map((sum, inner) => Math.tanh(sum + learned[inner]! + place[inner]!)),
      );
    }
  }
  const whole = Array.from(
    { length: INNER },
    (_, inner) =>
      [...patches.values()].reduce((sum, patch) => sum + patch[inner]!, 0) / patches.size,
  );
  const tokens: number[][] = [];
  for (let row = 0; row < rows; row += 2) {
    for (let column = 0; column < columns; column += 2) {
      const square = [
        patches.get(`${row},${column}`)!,
        patches.get(`${row},${column + 1}`)!,
        patches.get(`${row + 1},${column}`)!,
        patches.get(`${row + 1},${column + 1}`)!,
      ].flatMap((patch) => patch.map((value, inner) => value + whole[inner]!));
      tokens.push(product(square, W.merge).map(Math.tanh));
    }
  }
  return tokens;
}

/** Between four rows of the table. */
function learnedPosition(row: number, column: number): number[] {
  const [top, left] = [Math.min(46, Math.floor(row)), Math.min(46, Math.floor(column))];
  const at = (r: number, c: number) => rowOf(W.table, r * 48 + c);
  const mix = (one: number[], other: number[], share: number) =>
    one.map((value, index) => value * (1 - share) + other[index]! * share);
  return mix(
    mix(at(top, left), at(top, left + 1), column - left),
    mix(at(top + 1, left), at(top + 1, left + 1), column - left),
    row - top,
  );
}

/** Special tokens by their contents; of the rest each byte is a token, but two line breaks are one. */
function tokenIds(text: string): number[] {
  const special = QWEN3_VL_TOKENIZER.added_tokens;
  return text
    .split(/(<\|\w+\|>|\n\n)/)
    .filter((piece) => piece !== '')
    .flatMap((piece) => {
      const token = special.find(({ content }) => content === piece);
      return token ? [token.id] : piece === '\n\n' ? [256] : [...Buffer.from(piece, 'utf8')];
    });
}

function product(vector: readonly number[], { rows, columns, values }: Matrix): number[] {
  if (vector.length !== rows) {
    throw new RangeError(`${vector.length} numbers are not ${rows}`);
  }
  return Array.from({ length: columns }, (_, column) =>
    vector.reduce((sum, value, row) => sum + value * values[row * columns + column]!, 0),
  );
}

function rowOf({ columns, values }: Matrix, row: number): number[] {
  return [...values.slice(row * columns, (row + 1) * columns)];
}
