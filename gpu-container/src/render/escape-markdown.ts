/** Speech that looks like markup must read as it was said; an underscore inside a word is none. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\\`*[\]<>~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)/g, '\\$&')
      .replace(/^(\s*)(#|[-+](?=[\s-]|$))/, '$1\\$2')
      // Only punctuation can be escaped: of a numbered list that is the mark after the number.
      .replace(/^(\s*\d+)(?=[.)](?:\s|$))/, '$1\\')
  );
}
