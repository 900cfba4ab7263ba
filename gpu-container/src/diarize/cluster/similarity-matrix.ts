import { dotProduct } from '../../vector/similarity.ts';

/**
 * Dot products of every vector with every other, [count, count] row by row: the
 * cosine similarities of vectors of unit length.
 */
export function similarityMatrix(vectors: readonly Float32Array[]): Float32Array {
  const count = vectors.length;
  const similarities = new Float32Array(count * count);
  for (let row = 0; row < count; row++) {
    const own = vectors[row]!;
    let column = row;
    // Four at a time: each number of the row is then read once for four products.
    for (; column + 3 < count; column += 4) {
      const others = vectors.slice(column, column + 4) as Four;
      writeDotProducts(similarities, row * count + column, own, others);
    }
    for (; column < count; column++) {
      similarities[row * count + column] = dotProduct(own, vectors[column]!);
    }
    for (let mirrored = row + 1; mirrored < count; mirrored++) {
      similarities[mirrored * count + row] = similarities[row * count + mirrored]!;
    }
  }
  return similarities;
}

type Four = [a: Float32Array, b: Float32Array, c: Float32Array, d: Float32Array];

function writeDotProducts(
  products: Float32Array,
  at: number,
  own: Float32Array,
  [a, b, c, d]: Four,
): void {
  let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
  for (let index = 0; index < own.length; index++) {
    const value = own[index]!;
    sumA += value * a[index]!;
    sumB += value * b[index]!;
    sumC += value * c[index]!;
    sumD += value * d[index]!;
  }
  products[at] = sumA;
  products[at + 1] = sumB;
  products[at + 2] = sumC;
  products[at + 3] = sumD;
}
