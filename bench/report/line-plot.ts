export type Point = { x: number; y: number };

export type PlotLine = { label: string; points: readonly Point[] };

export type Plot = {
  title: string;
  xLabel: string;
  yLabel: string;
  lines: readonly PlotLine[];
};

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { top: 44, right: 24, bottom: 52, left: 68 };
const MOST_TICKS = 7;
const COLOURS = ['#1f6feb', '#d9730d', '#2da44e', '#8250df'];

/**
 * A line plot as SVG, both axes from zero, readable on light and dark pages.
 *
 * @throws RangeError where there is no point to draw
 */
export function linePlot({ title, xLabel, yLabel, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) {
    throw new RangeError('a plot needs points');
  }
  const xTicks = ticks(Math.max(...points.map(({ x }) => x)));
  const yTicks = ticks(Math.max(...points.map(({ y }) => y)));
  const plotWidth = WIDTH - MARGIN.left - MARGIN.right;
  const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const left = (x: number) => round(MARGIN.left + (x / xTicks.at(-1)!) * plotWidth);
  const top = (y: number) => round(MARGIN.top + plotHeight * (1 - y / yTicks.at(-1)!));

  const grid = [
    ...yTicks.map(
      (y) =>
        `<path d="M${MARGIN.left} ${top(y)}H${WIDTH - MARGIN.right}" stroke="#d0d7de"/>${text(MARGIN.left - 8, top(y) + 4, String(y), 'end')}`,
    ),
    ...xTicks.map((x) => text(left(x), HEIGHT - MARGIN.bottom + 18, String(x), 'middle')),
  ];
  const drawn = lines.map(({ label, points: line }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const path = line.map(({ x, y }) => `${left(x)},${top(y)}`).join(' ');
    const legendLeft = MARGIN.left + 12 + index * 150;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<path d="M${legendLeft} ${MARGIN.top - 8}h18" stroke="${colour}" stroke-width="2"/>`,
      text(legendLeft + 24, MARGIN.top - 4, label, 'start'),
    ].join('');
  });
  const middle = MARGIN.top + plotHeight / 2;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(WIDTH / 2, 20, title, 'middle', 'font-size="14" font-weight="600"'),
    ...grid,
    ...drawn,
    text(MARGIN.left + plotWidth / 2, HEIGHT - 14, xLabel, 'middle'),
    text(18, middle, yLabel, 'middle', `transform="rotate(-90 18 ${middle})"`),
    '</svg>',
  ].join('\n')}\n`;
}

/** Round numbers from zero up to the first that covers the largest value. */
export function ticks(largest: number): number[] {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(largest, Number.MIN_VALUE)));
  const steps = [0.1, 0.2, 0.25, 0.5, 1, 2].map((step) => step * magnitude);
  const step = steps.find((size) => Math.ceil(largest / size) < MOST_TICKS) ?? magnitude;
  const count = Math.max(1, Math.ceil(largest / step));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  const attributes = more === '' ? '' : ` ${more}`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="#1f2328"${attributes}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
