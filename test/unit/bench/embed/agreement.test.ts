import { describe, expect, it } from '@jest/globals';
import { agreementOf } from '../../../../bench/embed/agreement.ts';

describe('the agreement of both sides', () => {
  it('is that of the embeddings of each picture', () => {
    const ours = [
      [1, 0],
      [0, 1],
    ];
    expect(agreementOf(ours, ours)).toEqual({ least: 1, mean: 1, neighbours: 0 });
  });

  it('is low where one picture comes out otherwise', () => {
    const { least, mean } = agreementOf(
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [0.8, 0.6],
      ],
    );
    expect(least).toBeCloseTo(0.6);
    expect(mean).toBeCloseTo(0.8);
  });
});
