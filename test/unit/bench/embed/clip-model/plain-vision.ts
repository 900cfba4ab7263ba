import {
  positionsOf,
  type VisionShape,
} from '../../../../../bench/embed/clip-model/vision-shape.ts';
import type {
  LayerWeights,
  Linear,
  Normalisation,
  VisionWeights,
} from '../../../../../bench/embed/clip-model/vision-weights.ts';

type Row = number[];
type Rows = Row[];

/**
 * The embedding of one image, number by number.
 *
 * @param pixels [3, imageSize, imageSize]
 */
export function plainEmbedding(
  shape: VisionShape,
  weights: VisionWeights,
  pixels: Float32Array,
): Row {
  let rows = [[...weights.classPosition], ...patchRows(shape, weights.patches, pixels)];
  rows = rows.map((row, at) => plus(row, rowAt(weights.positions, at, shape.width)));
  rows = rows.map((row) => normalised(row, weights.beforeLayers));
  for (const layer of weights.layers) {
    const looked = attended(
      rows.map((row) => normalised(row, layer.beforeAttention)),
      layer,
      shape.heads,
    );
    rows = rows.map((row, at) => plus(row, looked[at]!));
    rows = rows.map((row) => plus(row, perceived(normalised(row, layer.beforeMlp), layer)));
  }
  const classRow = normalised(rows[0]!, weights.afterLayers);
  return times(classRow, { matrix: weights.projection, bias: new Float32Array(shape.dims) });
}

function patchRows(shape: VisionShape, kernel: Float32Array, pixels: Float32Array): Rows {
  const { imageSize, patchSize, width } = shape;
  const across = imageSize / patchSize;
  return Array.from({ length: positionsOf(shape) - 1 }, (_, patch) =>
    Array.from({ length: width }, (_, out) => {
      let sum = 0;
      for (let channel = 0; channel < 3; channel++) {
        for (let y = 0; y < patchSize; y++) {
          for (let x = 0; x < patchSize; x++) {
            const row = Math.floor(patch / across) * patchSize + y;
            const column = (patch % across) * patchSize + x;
            sum +=
              pixels[(channel * imageSize + row) * imageSize + column]! *
              kernel[((out * 3 + channel) * patchSize + y) * patchSize + x]!;
          }
        }
      }
      return sum;
    }),
  );
}

function attended(rows: Rows, layer: LayerWeights, heads: number): Rows {
  const [queries, keys, values] = [layer.query, layer.key, layer.value].map((linear) =>
    rows.map((row) => times(row, linear)),
  ) as [Rows, Rows, Rows];
  const size = rows[0]!.length / heads;
  const partOf = (row: Row, head: number) => row.slice(head * size, (head + 1) * size);
  const mixed = queries.map((query) =>
    Array.from({ length: heads }, (_, head) => {
      const scores = keys.map(
        (key) => dot(partOf(query, head), partOf(key, head)) / Math.sqrt(size),
      );
      const powers = scores.map((score) => Math.exp(score));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return Array.from({ length: size }, (_, dim) =>
        dot(
          powers.map((power) => power / total),
          values.map((value) => partOf(value, head)[dim]!),
        ),
      );
    }).flat(),
  );
  return mixed.map((row) => times(row, layer.output));
}

function perceived(row: Row, { expand, contract }: LayerWeights): Row {
  const expanded = times(row, expand);
  return times(
    expanded.map((x) => x / (1 + Math.exp(-1.702 * x))),
    contract,
  );
}

function normalised(row: Row, { gain, bias }: Normalisation): Row {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x, dim) => ((x - mean) / Math.sqrt(variance + 1e-5)) * gain[dim]! + bias[dim]!);
}

function times(row: Row, { matrix, bias }: Linear): Row {
  const outputs = bias.length;
  return Array.from(bias, (offset, out) =>
    row.reduce((sum, x, input) => sum + x * matrix[input * outputs + out]!, offset),
  );
}

function plus(one: Row, other: Row): Row {
  return one.map((x, dim) => x + other[dim]!);
}

function dot(one: Row, other: Row): number {
  return one.reduce((sum, x, dim) => sum + x * other[dim]!, 0);
}

function rowAt(matrix: Float32Array, row: number, width: number): Row {
  return [...matrix.subarray(row * width, (row + 1) * width)];
}
