import type { Numbers } from './tensor-numbers.ts';

/** How integers stand for floats: `scale * (integer - zeroPoint)`. */
type Steps = {
  /** One for all, or one for each index along the axis. */
  readonly scale: Numbers;
  /** Like the scale; zero where there is none. */
  readonly zeroPoint: Numbers | undefined;
  readonly axis: number;
};

/**
 * The floats that integers stand for
 * (https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html).
 *
 * @throws RangeError when there is neither one scale nor one for each index along the axis
 */
export function dequantize(
  integers: Numbers,
  shape: readonly number[],
  { scale, zeroPoint, axis }: Steps,
): Float32Array {
  const channels = scale.length === 1 ? 1 : shape[axis];
  if (scale.length !== channels || (zeroPoint && zeroPoint.length !== channels)) {
    throw new RangeError(`[${shape}] has ${scale.length} scales along axis ${axis}`);
  }
  const run = channels === 1 ? integers.length : shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const floats = new Float32Array(integers.length);
  for (let start = 0, channel = 0; start < integers.length; start += run) {
    const step = scale[channel]!;
    const zero = zeroPoint?.[channel] ?? 0;
    for (let index = start; index < start + run; index++) {
      floats[index] = step * (integers[index]! - zero);
    }
    channel = (channel + 1) % channels;
  }
  return floats;
}

/** A matrix [rows, columns] as one [columns, rows]. */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return turned;
}
