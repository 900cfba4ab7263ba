import type { GraphBuilder, Value } from '../../../gpu-container/src/onnx/graph/graph-builder.ts';
import { ELEMENT } from '../../../gpu-container/src/onnx/graph/literals.ts';
import { PATCHES_ACROSS } from './shapes.ts';

/** Some numbers of a head that turn with a token's place in time, from the top, or from the left. */
export type RotaryAxis = {
  readonly from: number;
  readonly size: number;
  /** [tokens, size] */
  readonly sines: Value;
  readonly cosines: Value;
};

const PATCHES_PER_SLICE = PATCHES_ACROSS ** 2;
const SLOWEST = 10_000;
const AXES = 3;

/**
 * Writes the angles by which queries and keys turn (Su et al., 2021, RoFormer), a
 * third of a head's numbers for each axis of a clip.
 *
 * @param tokens int64 []
 */
export function rotaryAxes(
  g: GraphBuilder,
  tokens: Value,
  headSize: number,
  elementType: number,
): RotaryAxis[] {
  const size = 2 * Math.floor(Math.floor(headSize / AXES) / 2);
  const frequencies = Float32Array.from(
    { length: size / 2 },
    (_, pair) => SLOWEST ** -(pair / (size / 2)),
  );
  const ids = g.op('Range', [g.int64(0), tokens, g.int64(1)]);
  const slice = g.div(ids, g.int64(PATCHES_PER_SLICE));
  const place = g.sub(ids, g.mul(slice, g.int64(PATCHES_PER_SLICE)));
  const row = g.div(place, g.int64(PATCHES_ACROSS));
  const column = g.sub(place, g.mul(row, g.int64(PATCHES_ACROSS)));
  return [slice, row, column].map((position, axis) => {
    const rows = g.reshape(g.cast(position, ELEMENT.float32), -1, 1);
    const angles = g.mul(rows, g.float32s(frequencies, 1, frequencies.length));
    const twice = (opType: 'Sin' | 'Cos') => {
      const values = g.cast(g.op(opType, [angles]), elementType);
      return g.concat([values, values], 1);
    };
    return { from: axis * size, size, sines: twice('Sin'), cosines: twice('Cos') };
  });
}

/** Turns each pair of the numbers that belong to an axis; the few that belong to none stay. */
export function rotate(
  g: GraphBuilder,
  x: Value,
  axes: readonly RotaryAxis[],
  heads: number,
): Value {
  const turned = axes.map(({ from, size, sines, cosines }) => {
    const part = g.slice(x, 3, from, from + size);
    const pairs = g.reshape(part, 0, heads, -1, size / 2, 2);
    const at = (side: number) => g.op('Squeeze', [g.slice(pairs, 4, side, side + 1), g.int64s(-1)]);
    const apart = (value: Value) => g.op('Unsqueeze', [value, g.int64s(-1)]);
    const crossed = g.concat([apart(g.op('Neg', [at(1)])), apart(at(0))], -1);
    const across = g.reshape(crossed, 0, heads, -1, size);
    return g.add(g.mul(part, cosines), g.mul(across, sines));
  });
  const end = axes.at(-1)!.from + axes.at(-1)!.size;
  return g.concat([...turned, g.slice(x, 3, end)], -1);
}
