/** Something that is opened when it is first needed, and then kept. */
export type OnDemand<T> = {
  open(): Promise<T>;
  /** Frees it, where it was opened. */
  dispose(): Promise<void>;
};

export function onDemand<T extends { dispose(): Promise<void> }>(
  open: () => Promise<T>,
): OnDemand<T> {
  let opened: Promise<T> | undefined;
  return {
    async open() {
      opened ??= open();
      try {
        return await opened;
      } catch (error) {
        // The next call may have more luck, and there is nothing to dispose of.
        opened = undefined;
        throw error;
      }
    },
    async dispose() {
      await (await opened)?.dispose();
    },
  };
}
