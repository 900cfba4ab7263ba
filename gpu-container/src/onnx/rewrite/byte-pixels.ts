import { graphBuilder } from '../graph/graph-builder.ts';
import { ELEMENT, elementTypeOf, tensorValue } from '../graph/literals.ts';
import type { OnnxModel } from '../graph/model-file.ts';

const MAX_LEVEL = 255;

export type BytePixelsOptions = {
  /** The input that takes normalised pixels, [..., 3, height, width] in single or half precision. */
  readonly input: string;
  /** What takes its place. */
  readonly pixels: {
    readonly name: string;
    /** [..., height, width, 3], with names where a dimension varies. */
    readonly shape: readonly (number | string)[];
  };
  /** Of red, green and blue, on a scale from 0 to 1. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
};

/**
 * Has a graph take pictures as they lie in memory, a byte for each of a pixel's
 * colours, and normalise them itself: (level / 255 − mean) / std, in single precision
 * whatever that of the graph. What goes to the device is then a quarter of the same
 * numbers as floats, and no core spends time on making floats of them.
 *
 * @throws RangeError where the graph has no such input
 */
export function takeBytePixels(
  model: OnnxModel,
  { input, pixels, mean, std }: BytePixelsOptions,
): OnnxModel {
  const { graph, opset } = model;
  const replaced = graph.inputs.find(({ name }) => name === input);
  if (replaced === undefined) {
    const names = graph.inputs.map(({ name }) => name).join(', ');
    throw new RangeError(`The model takes ${names}, not ${input}`);
  }
  const g = graphBuilder(`${pixels.name}/`, opset);
  const perColour = (number: (colour: number) => number) =>
    g.float32s(
      Float32Array.from(std, (_, colour) => number(colour)),
      std.length,
    );
  const scaled = g.mul(
    g.cast(pixels.name, ELEMENT.float32),
    perColour((colour) => 1 / (MAX_LEVEL * std[colour]!)),
  );
  const normalised = g.sub(
    scaled,
    perColour((colour) => mean[colour]! / std[colour]!),
  );
  const coloursLast = pixels.shape.map((_, axis) => axis);
  const [rows, columns, colours] = coloursLast.splice(-3) as [number, number, number];
  const planes = g.transpose(
    g.cast(normalised, elementTypeOf(replaced)),
    ...coloursLast,
    colours,
    rows,
    columns,
  );
  g.name(planes, input);
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...g.nodes, ...graph.nodes],
      inputs: graph.inputs.map((one) =>
        one === replaced ? tensorValue(pixels.name, ELEMENT.uint8, pixels.shape) : one,
      ),
    },
  };
}
