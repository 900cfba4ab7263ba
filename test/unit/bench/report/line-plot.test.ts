import { describe, expect, it } from '@jest/globals';
import { linePlot, ticks } from '../../../../bench/report/line-plot.ts';
import { slope } from '../../../../bench/report/slope.ts';

describe('the ticks of an axis', () => {
  it.each([
    [180, [0, 50, 100, 150, 200]],
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [970, [0, 200, 400, 600, 800, 1000]],
    [23, [0, 5, 10, 15, 20, 25]],
  ])('are round numbers from zero to above %d', (largest, expected) => {
    expect(ticks(largest)).toEqual(expected);
  });
});

describe('a line plot', () => {
  const plot = {
    title: 'Memory & time',
    xLabel: 'minutes',
    yLabel: 'MiB',
    lines: [
      {
        label: 'transcribe',
        points: [
          { x: 0, y: 0 },
          { x: 100, y: 1000 },
        ],
      },
    ],
  };

  it('draws from the lower left corner up to the upper right one', () => {
    expect(linePlot(plot)).toContain('points="68,308 696,44"');
  });

  it('names its axes and lines, escaped', () => {
    const svg = linePlot(plot);
    for (const label of ['Memory &amp; time', 'minutes', 'MiB', 'transcribe']) {
      expect(svg).toContain(`>${label}</`);
    }
  });

  it('refuses to be empty', () => {
    expect(() => linePlot({ ...plot, lines: [] })).toThrow(RangeError);
  });
});

describe('a slope', () => {
  it('is that of the line through points on a line', () => {
    const points = [1, 2, 5].map((x) => ({ x, y: 3 * x - 4 }));
    expect(slope(points)).toBeCloseTo(3);
  });

  it('is that with the least squares elsewhere', () => {
    expect(
      slope([
        { x: 0, y: 0 },
        { x: 1, y: 2 },
        { x: 2, y: 1 },
      ]),
    ).toBeCloseTo(0.5);
  });

  it('does not exist for one point', () => {
    expect(slope([{ x: 1, y: 1 }])).toBeUndefined();
  });
});
