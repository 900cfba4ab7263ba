/** Lower case, letters and digits only, so that spelling alone makes no difference. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

/** Words to insert, delete or replace to make one text of the other. */
export function wordErrors(reference: readonly string[], heard: readonly string[]): number {
  let row = Array.from({ length: heard.length + 1 }, (_, index) => index);
  for (const [index, word] of reference.entries()) {
    const next = [index + 1];
    for (const [at, other] of heard.entries()) {
      next.push(
        Math.min(
          (row[at] ?? 0) + (word === other ? 0 : 1),
          (row[at + 1] ?? 0) + 1,
          (next[at] ?? 0) + 1,
        ),
      );
    }
    row = next;
  }
  return row[heard.length] ?? 0;
}
