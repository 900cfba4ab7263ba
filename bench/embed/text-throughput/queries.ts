import { createRandom } from '../../diarize/mixture/random.ts';

const WORDS = [
  ...['the', 'a', 'of', 'and', 'with', 'about', 'when', 'how', 'why', 'old', 'new', 'red', 'open'],
  ...['bread', 'rocket', 'interest', 'weather', 'music', 'harbour', 'garden', 'engine', 'court'],
  ...['speaks', 'rises', 'repairs', 'explains', 'lands', 'opens', 'paints', 'remembers', 'sings'],
  ...['doctor', 'captain', 'teacher', 'children', 'mountain', 'river', 'library', 'morning'],
] as const;

/**
 * Search queries, each another one, and the same ones for the same seed.
 *
 * @param words the fewest and the most of a query; lengths between are equally likely
 */
export function searchQueries(
  count: number,
  words: readonly [number, number],
  seed = 1,
): readonly string[] {
  const random = createRandom(seed);
  const below = (count: number) => Math.floor(random.uniform(0, count));
  const [fewest, most] = words;
  const queries = new Set<string>();
  while (queries.size < count) {
    const length = fewest + below(most - fewest + 1);
    const query = Array.from({ length }, () => WORDS[below(WORDS.length)]);
    queries.add(query.join(' '));
  }
  return [...queries];
}
