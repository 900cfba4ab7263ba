/**
 * Mean of the token embeddings of each row, without its padding: the pooling that
 * sentence encoders of the Sentence-BERT kind are trained with (Reimers and Gurevych 2019).
 *
 * @param tokens [rows, width, dims]; a row's own tokens come first, padding after them
 * @param lengths how many tokens of each row are its own
 * @returns one vector of `dims` per row
 */
export function tokenMeans(
  tokens: Float32Array,
  lengths: readonly number[],
  dims: number,
): Float32Array[] {
  const rowSize = tokens.length / lengths.length;
  return lengths.map((length, row) => {
    const sum = new Float64Array(dims);
    for (let token = 0; token < length; token++) {
      const start = row * rowSize + token * dims;
      for (let dim = 0; dim < dims; dim++) {
        sum[dim]! += tokens[start + dim]!;
      }
    }
    return Float32Array.from(sum, (value) => value / length);
  });
}
