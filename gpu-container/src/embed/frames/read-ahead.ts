/**
 * Asks a generator for up to `depth` values before they are taken, so that it works
 * meanwhile. It starts at once; whoever gives the rest up must end the generator.
 */
export function readAhead<T>(
  source: AsyncGenerator<T, void, undefined>,
  depth: number,
): AsyncIterable<T> {
  const results: Promise<IteratorResult<T, void>>[] = [];
  const ask = () => {
    const result = source.next();
    // It is awaited below, perhaps only after it has failed.
    result.catch(() => undefined);
    results.push(result);
  };
  for (let i = 0; i < depth; i += 1) {
    ask();
  }
  return {
    async *[Symbol.asyncIterator]() {
      for (let next = await results.shift()!; !next.done; next = await results.shift()!) {
        ask();
        yield next.value;
      }
    },
  };
}
