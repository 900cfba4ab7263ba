import { describe, expect, it } from '@jest/globals';
import { Tensor } from 'onnxruntime-node';
import {
  concatenateRows,
  selectRows,
} from '../../../../../gpu-container/src/transcribe/whisper/batch-rows.ts';

/** [rows, 2, 1], each row of the numbers 10 × row and 10 × row + 1. */
function tensorOf(rows: number, first = 0): Tensor {
  const numbers = Array.from({ length: rows }, (_, row) => 10 * (first + row));
  return new Tensor('float32', Float32Array.from(numbers.flatMap((n) => [n, n + 1])), [rows, 2, 1]);
}

function halvesOf(numbers: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('float16', new Float16Array(numbers) as unknown as Uint16Array, dims);
}

describe('selectRows', () => {
  it.each([
    ['some', [1, 2], [10, 11, 20, 21]],
    ['one', [3], [30, 31]],
    ['others', [0, 3], [0, 1, 30, 31]],
    ['another order', [2, 1], [20, 21, 10, 11]],
    ['one several times', [1, 1, 0], [10, 11, 10, 11, 0, 1]],
    ['none', [], []],
  ])('takes %s', (_, rows, numbers) => {
    const selected = selectRows(tensorOf(4), rows);

    expect([...(selected.data as Float32Array)]).toEqual(numbers);
    expect(selected.dims).toEqual([rows.length, 2, 1]);
    expect(selected.type).toBe('float32');
  });

  it('copies neighbours as little as the memory that they are in', () => {
    const tensor = tensorOf(4);
    const selected = selectRows(tensor, [1, 2, 3]);

    expect((selected.data as Float32Array).buffer).toBe((tensor.data as Float32Array).buffer);
  });

  it('leaves the tensor as it is where rows change places', () => {
    const tensor = tensorOf(2);
    (selectRows(tensor, [1, 0]).data as Float32Array).fill(7);

    expect(tensor.data).toEqual(Float32Array.of(0, 1, 10, 11));
  });

  it('takes the rows of what is a view itself', () => {
    const view = selectRows(tensorOf(4), [1, 2, 3]);

    expect([...(selectRows(view, [2, 0]).data as Float32Array)]).toEqual([30, 31, 10, 11]);
    expect([...(selectRows(view, [1, 2]).data as Float32Array)]).toEqual([20, 21, 30, 31]);
  });

  it.each([[[1, 2]], [[2, 0]]])('keeps half precision: rows %j', (rows) => {
    const selected = selectRows(halvesOf([0, 0.5, 1], [3, 1]), rows);

    expect(selected.type).toBe('float16');
    expect(Array.from(selected.data as unknown as Float16Array)).toEqual(
      rows.map((row) => row / 2),
    );
  });
});

describe('concatenateRows', () => {
  it('joins the rows of tensors of different batches', () => {
    const joined = concatenateRows([tensorOf(2), tensorOf(1, 5)]);

    expect([...(joined.data as Float32Array)]).toEqual([0, 1, 10, 11, 50, 51]);
    expect(joined.dims).toEqual([3, 2, 1]);
  });

  it('keeps half precision', () => {
    const joined = concatenateRows([halvesOf([0.5], [1, 1]), halvesOf([1.5], [1, 1])]);

    expect(joined.type).toBe('float16');
    expect(Array.from(joined.data as unknown as Float16Array)).toEqual([0.5, 1.5]);
  });

  it('copies nothing where there is one', () => {
    const tensor = tensorOf(2);

    expect(concatenateRows([tensor])).toBe(tensor);
  });

  it('refuses to join nothing', () => {
    expect(() => concatenateRows([])).toThrow(RangeError);
  });
});
