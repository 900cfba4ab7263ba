/** Something that is being loaded. Disposing of it waits until it is there, and unloads it. */
export type BackgroundLoad<T> = AsyncDisposable & {
  /** Rejects with what loading throws; nobody has to listen. */
  readonly loaded: Promise<T>;
  /** How long loading took; resolves with it. */
  readonly seconds: Promise<number>;
};

/** Begins to load, so that other work can go on meanwhile. */
export function loadInBackground<T>(
  load: () => Promise<T>,
  unload: (loaded: T) => Promise<unknown>,
): BackgroundLoad<T> {
  const start = performance.now();
  const loaded = load();
  const seconds = loaded.then(() => (performance.now() - start) / 1000);
  seconds.catch(() => {});
  return {
    loaded,
    seconds,
    [Symbol.asyncDispose]: async () => {
      await loaded.then(unload, () => {});
    },
  };
}
