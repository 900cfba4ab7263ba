/// <reference lib="esnext.float16" />
import { Tensor } from 'onnxruntime-node';
import type { OnnxSession } from './session.ts';

/** Precision of the numbers that go in and out of a graph; fp16 exports may take either. */
export type FloatType = 'float32' | 'float16';

/**
 * The precision in which a graph takes an input.
 *
 * @throws RangeError for an input that the graph does not have or that is no float
 */
export function floatTypeOf(session: Pick<OnnxSession, 'inputs'>, input: string): FloatType {
  const type = session.inputs.get(input)?.type;
  if (type !== 'float32' && type !== 'float16') {
    throw new RangeError(`The model takes no floats as ${input} (${type ?? 'no such input'})`);
  }
  return type;
}

/** A tensor of these numbers, rounded where half precision is asked for; otherwise it shares their memory. */
export function floatTensor(
  type: FloatType,
  values: Float32Array,
  shape: readonly number[],
): Tensor {
  return type === 'float32'
    ? new Tensor(type, values, shape)
    : halfTensor(new Float16Array(values), shape);
}

/** The numbers of a float tensor: its memory in single precision, a copy of it in half. */
export function floatsOf(tensor: Tensor): Float32Array {
  return tensor.type === 'float16'
    ? new Float32Array(halvesOf(tensor))
    : (tensor.data as Float32Array);
}

/** The tensor itself where it has that precision already, otherwise a copy in it. */
export function asFloatType(tensor: Tensor, type: FloatType): Tensor {
  return tensor.type === type ? tensor : floatTensor(type, floatsOf(tensor), tensor.dims);
}

/**
 * The tensor as onnxruntime's binding reads it. Where the runtime knows
 * Float16Array, half precision tensors hold one, whose length in bytes the
 * binding takes for zero (https://github.com/microsoft/onnxruntime/pull/32323):
 * it gets the same memory as the bits of 16-bit integers.
 */
export function readableByBinding(tensor: Tensor): Tensor {
  if (tensor.type !== 'float16') {
    return tensor;
  }
  const { buffer, byteOffset, length } = halvesOf(tensor);
  return Object.create(tensor, { data: { value: new Uint16Array(buffer, byteOffset, length) } });
}

/** The types of onnxruntime call it the bits, whatever it is. */
function halvesOf(tensor: Tensor): Float16Array {
  return tensor.data as unknown as Float16Array;
}

function halfTensor(values: Float16Array, shape: readonly number[]): Tensor {
  return new Tensor('float16', values as unknown as Uint16Array, shape);
}
