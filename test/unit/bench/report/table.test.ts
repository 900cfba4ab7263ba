import { describe, expect, it } from '@jest/globals';
import { figure, percentage, table } from '../../../../bench/report/table.ts';

describe('a table', () => {
  it('has numbers on the right and names on the left of columns of one width', () => {
    const columns = [{ title: 'file', align: 'left' as const }, { title: 'rate' }];
    expect(
      table(columns, [
        ['a.wav', '7'],
        ['longer.wav', '12.5 %'],
      ]),
    ).toBe(
      ['file          rate', '----------  ------', 'a.wav            7', 'longer.wav  12.5 %'].join(
        '\n',
      ),
    );
  });
});

describe('a figure', () => {
  it('has its decimals and its unit', () => {
    expect(figure(2.71, 1, ' s')).toBe('2.7 s');
  });

  it('is a dash where there is none', () => {
    expect([figure(null, 1), figure(undefined, 1, ' s'), percentage(null)]).toEqual([
      '-',
      '-',
      '-',
    ]);
  });

  it('is a percentage of a share', () => {
    expect(percentage(0.125)).toBe('12.5 %');
  });
});
