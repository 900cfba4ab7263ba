/**
 * Opens several of a kind at once. Where one fails, those that opened are disposed of.
 *
 * @throws what the first of the failing ones throws
 */
export async function openAll<Source, Opened extends { dispose(): Promise<void> }>(
  sources: readonly Source[],
  open: (source: Source) => Promise<Opened>,
): Promise<Opened[]> {
  const outcomes = await Promise.allSettled(sources.map(open));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  const opened = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  if (failure) {
    await Promise.all(opened.map((one) => one.dispose()));
    throw failure.reason;
  }
  return opened;
}
