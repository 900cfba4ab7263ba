/**
 * Pairs rows with columns, each at most once, so that the gains of the pairs add
 * up to as much as possible: the Hungarian method (H. W. Kuhn, "The Hungarian
 * method for the assignment problem", 1955) by shortest augmenting paths
 * (R. Jonker and A. Volgenant, "A shortest augmenting path algorithm for dense and
 * sparse linear assignment problems", 1987), in O(rows² · columns).
 *
 * @param gains by row and column, not below 0
 * @returns per row its column; undefined for rows that are left over
 */
export function optimalAssignment(gains: readonly (readonly number[])[]): (number | undefined)[] {
  const rowCount = gains.length;
  const columnCount = gains[0]?.length ?? 0;
  if (rowCount <= columnCount) {
    return assignRows(rowCount, columnCount, (row, column) => -gains[row]![column]!);
  }
  const rowOfColumn = assignRows(columnCount, rowCount, (row, column) => -gains[column]![row]!);
  const columnOfRow = new Array<number | undefined>(rowCount).fill(undefined);
  for (const [column, row] of rowOfColumn.entries()) {
    columnOfRow[row] = column;
  }
  return columnOfRow;
}

/** Gives every row a column at the least total cost. There are at least as many columns. */
function assignRows(
  rowCount: number,
  columnCount: number,
  cost: (row: number, column: number) => number,
): number[] {
  // One column more than there are: where the path of the row being added begins.
  const root = columnCount;
  const rowPrices = new Float64Array(rowCount);
  const columnPrices = new Float64Array(columnCount + 1);
  const rowOf = new Int32Array(columnCount + 1).fill(-1);

  for (let added = 0; added < rowCount; added++) {
    rowOf[root] = added;
    const distances = new Float64Array(columnCount).fill(Number.POSITIVE_INFINITY);
    const previous = new Int32Array(columnCount).fill(root);
    const reached = new Uint8Array(columnCount + 1);
    let column = root;
    while (rowOf[column] !== -1) {
      reached[column] = 1;
      const row = rowOf[column]!;
      let nearest = -1;
      for (let next = 0; next < columnCount; next++) {
        if (reached[next] === 1) {
          continue;
        }
        const reduced = cost(row, next) - rowPrices[row]! - columnPrices[next]!;
        if (reduced < distances[next]!) {
          distances[next] = reduced;
          previous[next] = column;
        }
        if (nearest === -1 || distances[next]! < distances[nearest]!) {
          nearest = next;
        }
      }
      const step = distances[nearest]!;
      for (let other = 0; other <= columnCount; other++) {
        if (reached[other] === 1) {
          rowPrices[rowOf[other]!]! += step;
          columnPrices[other]! -= step;
        } else if (other < columnCount) {
          distances[other]! -= step;
        }
      }
      column = nearest;
    }
    // The free column goes to the row before it on the path, and so on back to the root.
    while (column !== root) {
      rowOf[column] = rowOf[previous[column]!]!;
      column = previous[column]!;
    }
  }
  const columnOf = new Array<number>(rowCount);
  for (let column = 0; column < columnCount; column++) {
    if (rowOf[column] !== -1) {
      columnOf[rowOf[column]!] = column;
    }
  }
  return columnOf;
}
