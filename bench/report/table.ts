export type Column = { title: string; align?: 'left' | 'right' };

const GAP = '  ';

/** Lines of text with the columns of the rows under each other. Numbers belong on the right (default). */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        return align === 'left' ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!);
      })
      .join(GAP)
      .trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    widths.map((width) => '-'.repeat(width)).join(GAP),
    ...rows.map(line),
  ].join('\n');
}

/** A figure with so many decimals, and a dash where there is none. */
export function figure(value: number | null | undefined, decimals: number, unit = ''): string {
  return value === null || value === undefined ? '-' : `${value.toFixed(decimals)}${unit}`;
}

/** A share as a percentage. */
export function percentage(share: number | null | undefined): string {
  return figure(share === null || share === undefined ? share : share * 100, 1, ' %');
}
