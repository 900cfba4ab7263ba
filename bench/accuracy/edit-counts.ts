/** How a hypothesis differs from its reference, in words or characters. */
export type EditCounts = {
  substitutions: number;
  deletions: number;
  insertions: number;
  /** Length of the reference. */
  reference: number;
};

const NO_EDITS: EditCounts = { substitutions: 0, deletions: 0, insertions: 0, reference: 0 };

type Path = { cost: number; substitutions: number; deletions: number; insertions: number };

/**
 * The fewest edits that make the reference into the hypothesis (Levenshtein,
 * 1966), counted by kind. Where several alignments are as short, a substitution
 * is preferred to a deletion and an insertion.
 *
 * Two rows of the table are kept, so that an hour of speech fits into memory.
 */
export function editCounts(
  reference: readonly string[],
  hypothesis: readonly string[],
): EditCounts {
  const start: Path = { cost: 0, substitutions: 0, deletions: 0, insertions: 0 };
  let above = [start];
  for (const index of hypothesis.keys()) {
    above.push(inserted(above[index]!));
  }
  for (const expected of reference) {
    const row: Path[] = [deleted(above[0]!)];
    for (const [index, heard] of hypothesis.entries()) {
      const diagonal = above[index]!;
      row.push(heard === expected ? diagonal : shortest(diagonal, above[index + 1]!, row[index]!));
    }
    above = row;
  }
  const { substitutions, deletions, insertions } = above.at(-1)!;
  return { substitutions, deletions, insertions, reference: reference.length };
}

/** Errors by length of the reference; may exceed 1. Undefined where there is no reference. */
export function errorRate(counts: EditCounts): number | undefined {
  const { substitutions, deletions, insertions, reference } = counts;
  return reference === 0 ? undefined : (substitutions + deletions + insertions) / reference;
}

/** The counts of several texts as if they were one: long texts weigh more than short ones. */
export function pooled(all: readonly EditCounts[]): EditCounts {
  return all.reduce(
    (sum, counts) => ({
      substitutions: sum.substitutions + counts.substitutions,
      deletions: sum.deletions + counts.deletions,
      insertions: sum.insertions + counts.insertions,
      reference: sum.reference + counts.reference,
    }),
    NO_EDITS,
  );
}

/** The cheapest way on: from the diagonal by a substitution, from above by a deletion, from the left by an insertion. */
function shortest(diagonal: Path, above: Path, left: Path): Path {
  if (diagonal.cost <= above.cost && diagonal.cost <= left.cost) {
    return {
      ...diagonal,
      cost: diagonal.cost + 1,
      substitutions: diagonal.substitutions + 1,
    };
  }
  return above.cost <= left.cost ? deleted(above) : inserted(left);
}

function deleted(path: Path): Path {
  return { ...path, cost: path.cost + 1, deletions: path.deletions + 1 };
}

function inserted(path: Path): Path {
  return { ...path, cost: path.cost + 1, insertions: path.insertions + 1 };
}
