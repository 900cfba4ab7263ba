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
    open() {
      opened ??= open();
      return opened;
    },
    async dispose() {
      await (await opened)?.dispose();
    },
  };
}
