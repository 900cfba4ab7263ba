import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from '@jest/globals';
import type { Pooling } from '#contracts/tasks/video-embedding.ts';
import { pool, poolRows } from '../../gpu-container/src/embed/pool/pool.ts';
import { centerWeights, thirds } from '../../gpu-container/src/embed/pool/row-weights.ts';
import { unitLength } from '../../gpu-container/src/vector/unit-length.ts';
import { describeWithShared, sharedPath } from '../environment/shared.ts';
import { readNpy } from './npy.ts';

const TOLERANCE = 1e-5;

type Pooled = { raw: number[]; l2: number[] };

type Reference = {
  mean: Pooled;
  max: Pooled;
  gaussian_centre: Pooled & { weights: number[] };
  mean_of_l2_rows: Pooled;
  thirds: { means: number[][]; ranges: number[][]; concat_of_l2: number[] };
  small_n: Record<string, { gaussian_centre_weights: number[]; third_ranges: number[][] }>;
};

const fixture = (name: string) => sharedPath('fixtures', 'aggregation', name);

describeWithShared('pooling against the reference', () => {
  let rows: Float32Array[];
  let reference: Reference;

  beforeAll(async () => {
    const { shape, data } = await readNpy(fixture('x.npy'));
    const [count, dims] = shape as [number, number];
    rows = Array.from({ length: count }, (_, row) => data.slice(row * dims, (row + 1) * dims));
    reference = JSON.parse(await readFile(fixture('reference.json'), 'utf8'));
  });

  it.each([
    ['mean', 'mean'],
    ['max', 'max'],
    ['center', 'gaussian_centre'],
  ] as const)('has the same vector by %s, as it is and of unit length', (pooling, name) => {
    expectClose(poolRows(rows, pooling).flatMap(values), reference[name].raw);
    expectClose(pooled(rows, pooling), reference[name].l2);
  });

  it('has the same mean of rows that count equally', () => {
    const { raw, l2 } = reference.mean_of_l2_rows;
    const equal = rows.map(unitLength);
    expectClose(poolRows(equal, 'mean').flatMap(values), raw);
    expectClose(pooled(equal, 'mean'), l2);
  });

  it('has the same three vectors by thirds', () => {
    const { means, concat_of_l2 } = reference.thirds;
    expectClose(poolRows(rows, 'thirds').flatMap(values), means.flat());
    expectClose(pooled(rows, 'thirds'), concat_of_l2);
  });

  it('has the same weights and thirds for any number of rows', () => {
    const cases = Object.entries<Reference['small_n'][string]>({
      ...reference.small_n,
      [rows.length]: {
        gaussian_centre_weights: reference.gaussian_centre.weights,
        third_ranges: reference.thirds.ranges,
      },
    });
    expect(cases.length).toBeGreaterThan(1);
    for (const [count, { gaussian_centre_weights, third_ranges }] of cases) {
      expectClose([...centerWeights(Number(count))], gaussian_centre_weights);
      expect(thirds(Number(count)).map(({ from, to }) => [from, to])).toEqual(third_ranges);
    }
  });
});

function values(vector: Float32Array): number[] {
  return [...vector];
}

function pooled(rows: readonly Float32Array[], pooling: Pooling): number[] {
  return pool(rows, { pooling }).flatMap(values);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const differences = actual.map((value, index) => Math.abs(value - expected[index]!));
  expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
}
